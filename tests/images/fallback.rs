//! What the boot is like when nothing is to be claimed, or nothing can be.

use crate::booted::Booted;
use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::store::Kernel;

const ASKED: &str = "vfio-early.ids=00:04.0,00:06.0";

fn silence(generator: Generator) {
    let Booted { seen, console, .. } = Cell::of(Kernel::Trixie, generator).run();
    assert!(seen.spoken().is_empty(), "{:?}", seen.spoken());
    assert!(!console.contains("vfio-early"), "{console}");
}

fn without_binary(generator: Generator) -> Booted {
    Cell::of(Kernel::Trixie, generator)
        .cmdline(&format!("printk.devkmsg=on {ASKED}"))
        .without_binary()
        .run()
}

#[test]
fn nothing_asked_for_is_silence_with_initramfs_tools() {
    silence(Generator::InitramfsTools);
}

#[test]
fn nothing_asked_for_is_silence_with_dracut() {
    silence(Generator::DracutShell);
}

#[test]
fn nothing_asked_for_is_silence_with_mkinitcpio() {
    silence(Generator::MkinitcpioBusybox);
}

/// systemd logs each of its units in the kernel log, but not on a quiet console.
#[test]
fn nothing_asked_for_is_silence_with_dracut_and_systemd() {
    silence(Generator::DracutSystemd);
}

fn off(generator: Generator) {
    let Booted { seen, .. } = Cell::of(Kernel::Trixie, generator)
        .cmdline(&format!("{ASKED} vfio-early.mode=off"))
        .run();
    assert_eq!(seen.spoken().len(), 1, "{:?}", seen.spoken());
}

#[test]
fn mode_off_is_one_line_with_initramfs_tools() {
    off(Generator::InitramfsTools);
}

#[test]
fn mode_off_is_one_line_with_dracut_and_systemd() {
    off(Generator::DracutSystemd);
}

#[test]
fn mode_off_is_one_line_with_mkinitcpio() {
    off(Generator::MkinitcpioBusybox);
}

#[test]
fn disablehooks_turns_it_off_in_images_of_mkinitcpio() {
    let Booted { seen, console, .. } = Cell::of(Kernel::Trixie, Generator::MkinitcpioBusybox)
        .cmdline(&format!("{ASKED} disablehooks=vfio-early"))
        .run();
    assert!(seen.spoken().is_empty(), "{:?}", seen.spoken());
    assert!(!console.contains("vfio-early:"), "{console}");
    let started = |line: &String| line.contains("sched_process_exec: filename=/usr/bin/vfio-early");
    assert!(!seen.kmsg.iter().any(started), "{:?}", seen.kmsg);
}

#[test]
fn without_the_binary_initramfs_tools_boots_with_one_line() {
    assert_one_line(&without_binary(Generator::InitramfsTools).console);
}

#[test]
fn without_the_binary_dracut_boots_with_one_line() {
    assert_one_line(&without_binary(Generator::DracutShell).console);
}

#[test]
fn without_the_binary_mkinitcpio_boots_with_one_line() {
    assert_one_line(&without_binary(Generator::MkinitcpioBusybox).console);
}

fn assert_one_line(console: &str) {
    let of_hook = |line: &&str| line.contains("vfio-early: ");
    assert_eq!(console.lines().filter(of_hook).count(), 1, "{console}");
}

#[test]
fn without_the_binary_systemd_boots_with_one_line() {
    let Booted { seen, .. } = without_binary(Generator::DracutSystemd);
    let of_systemd =
        |line: &&String| line.contains("] systemd[1]: ") && line.contains("vfio-early");
    let lines: Vec<&String> = seen.kmsg.iter().filter(of_systemd).collect();
    assert!(
        lines.len() == 1 && lines[0].contains("unmet condition"),
        "{lines:?}"
    );
}
