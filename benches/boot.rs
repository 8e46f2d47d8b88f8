//! Times of a claim in a booted machine, module loading included, beside shell hooks that do the same there.
//!
//! `make bench` runs it. Every value is a boot of its own: Debian 6.1 in QEMU, the same image each time, the same
//! display asked for, from before the start of the program to after its end by the time stamps of the kernel log. It
//! prints, and never fails on a number.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark may stop at the first surprise, and it writes its own files"
)]

#[path = "../tests/boot/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the boot tests use the rest")]
mod harness;
#[path = "measure/sample.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod sample;
#[path = "measure/table.rs"]
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod table;

use std::fs;
use std::time::Duration;

use harness::firmware::Firmware;
use harness::image::{Built, Image};
use harness::machine::{Device, Iommu, Machine, TESTDEV, VGA, slot};
use harness::qemu::{self, End};
use harness::store::{Kernel, source, target, tool};
use sample::{Sample, short};
use table::{Goal, Table};

/// Functions of the machines.
const SIZES: [usize; 2] = [10, 100];
/// Those that this kind of machine always has: host bridge, ISA bridge, SATA, SMBus.
const CHIPSET: usize = 4;
const ROUNDS: usize = 3;
const LIMIT: Duration = Duration::from_secs(120);

/// What is timed, how many times faster we want to be on the small and on the big machine.
struct Runner {
    title: &'static str,
    words: &'static str,
    goals: [Option<f64>; 2],
}

const OURS: Runner = runner("vfio-early claim", "bench.run=vfio-early", [None, None]);
const PEERS: [Runner; 5] = [
    runner(
        "modprobe vfio-pci alone",
        "bench.run=modprobe",
        [None, None],
    ),
    runner(
        "classic shell hook, busybox ash",
        "bench.run=classic bench.shell=sh",
        [Some(5.0), Some(30.0)],
    ),
    runner(
        "classic shell hook, dash and coreutils",
        "bench.run=classic bench.shell=dash",
        [Some(5.0), Some(30.0)],
    ),
    runner(
        "best shell hook, busybox ash",
        "bench.run=best bench.shell=sh",
        [Some(3.0), Some(3.0)],
    ),
    runner(
        "best shell hook, dash",
        "bench.run=best bench.shell=dash",
        [Some(3.0), Some(3.0)],
    ),
];

const fn runner(title: &'static str, words: &'static str, goals: [Option<f64>; 2]) -> Runner {
    Runner {
        title,
        words,
        goals,
    }
}

fn main() {
    let image = image();
    let mut table = Table::default();
    println!("A claim of one device in a booted machine, module loading included.\n");
    for (index, size) in SIZES.into_iter().enumerate() {
        compare(&image, index, size, &mut table);
        println!();
    }
    table.print();
}

/// Boots with every runner in turns and prints what came of it.
fn compare(image: &Built, index: usize, size: usize, table: &mut Table) {
    let mut ours = Vec::new();
    let mut theirs = vec![Vec::new(); PEERS.len()];
    for _ in 0..ROUNDS {
        ours.push(boot(image, size, &OURS));
        for (times, peer) in theirs.iter_mut().zip(&PEERS) {
            times.push(boot(image, size, peer));
        }
    }
    let place = format!("in a machine of {size}");
    let sample = Sample::new(ours.clone(), "ms");
    table.fact(&format!("{}, {place}", OURS.title), &sample.to_string());
    for (times, peer) in theirs.into_iter().zip(&PEERS) {
        let ratios = times.iter().zip(&ours).map(|(theirs, ours)| theirs / ours);
        let ratio = Sample::new(ratios.collect(), "times");
        let what = format!("{}, {place}", peer.title);
        let theirs = Sample::new(times, "ms");
        table.fact(&what, &format!("{theirs}, {ratio}"));
        if let Some(goal) = peer.goals[index] {
            let [theirs, ours] = [&theirs, &sample].map(|sample| short(sample.median()));
            let value = ratio.median();
            let measured = format!("{} times ours: {theirs} ms to {ours} ms", short(value));
            table.goal(&what, value, "times ours", &measured, Goal::AtLeast(goal));
        }
    }
}

/// One image for all: only the kernel command line differs.
fn image() -> Built {
    let mut image = Image::new();
    image.init = source("benches/guest/init");
    // Not vfio_iommu_type1: vfio-early would load it too and modprobe does not, which makes the work unequal.
    image.modules = vec!["vfio_pci".to_owned()];
    image.modprobe = true;
    image.copies = vec![
        ("/usr/bin/dash".to_owned(), tool("dash", "dash")),
        ("/bench/coreutils/cat".to_owned(), tool("cat", "coreutils")),
    ];
    for script in ["best", "classic"] {
        let from = source("benches/peers").join(script);
        image.copies.push((format!("/bench/{script}"), from));
    }
    image.build(Kernel::Bookworm)
}

/// A machine of `size` functions, of which one is asked for.
fn machine(size: usize, runner: &Runner) -> Machine {
    let rest = vec![TESTDEV; size - CHIPSET - 1];
    let devices: Vec<Device> = vec![VGA.at("00:02.0"), slot("00:03", &rest)];
    Machine {
        firmware: Firmware::SeaBios,
        keeps_variables: false,
        kernel: Kernel::Bookworm,
        iommu: Iommu::Intel,
        devices,
        megabytes: 1024,
        // On a busy machine the kernel's test of the emulated timer fails at times, and it panics.
        cmdline: format!("no_timer_check vfio-early.ids=1234:1111 {}", runner.words),
    }
}

/// Boots once and returns the milliseconds that the claim took.
fn boot(image: &Built, size: usize, runner: &Runner) -> f64 {
    let log = target().join("boot/bench.log");
    let end = qemu::run(&machine(size, runner), &image.archive, &log, LIMIT);
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    let place = log.display();
    assert_eq!(end, End::PoweredOff, "{}: see {place}", runner.title);
    let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(count("function "), size, "functions; see {place}");
    if !runner.words.contains("modprobe") {
        assert_eq!(count("claimed "), 1, "{}: see {place}", runner.title);
    }
    let stamp = |mark: &str| {
        let line = text.lines().find(|line| line.contains(mark))?;
        let seconds = line.strip_prefix('[')?.split(']').next()?;
        seconds.trim().parse::<f64>().ok()
    };
    match (stamp("] bench: start"), stamp("] bench: end")) {
        (Some(start), Some(end)) => (end - start) * 1e3,
        _ => panic!("{}: no time stamps in {place}", runner.title),
    }
}
