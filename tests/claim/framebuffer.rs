//! The boot framebuffer: taken before the display is bound, given back where that fails.

use nix::errno::Errno;

use crate::stage::{MODULES, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};

const DISPLAY: &str = "0000:00:02.0";
const CLAIM: &str = "vfio-early.ids=00:02.0 vfio-early.force=display";
const UNBIND: &str = "write \"efi-framebuffer.0\" sys/bus/platform/drivers/efi-framebuffer/unbind";
const BIND: &str = "write \"efi-framebuffer.0\" sys/bus/platform/drivers/efi-framebuffer/bind";
const IOMEM: &str = "proc/iomem";

/// A display of this class with the boot framebuffer of this kind.
fn stage(class: &str, kind: &str) -> Stage {
    let framebuffer = format!("framebuffer {kind}.0 {kind} {DISPLAY}\n");
    let table = machine(&format!("{framebuffer}{MODULES}"));
    let plain = "030000 - 4 boot-display=1";
    let display = match class {
        "030000" => plain.to_owned(),
        _ => format!("{class} - 4"),
    };
    Stage::on(&table.replace(plain, &display), CLAIM)
}

/// The codes of the warnings about the framebuffer or the display.
fn codes(run: &Run) -> Vec<&str> {
    run.warnings(Some(DISPLAY))
}

#[test]
fn it_is_released_before_the_driver_comes() {
    let run = stage("038000", "efi-framebuffer").run();
    assert!(run.first("write \"vfio-pci\"") < run.first(UNBIND));
    assert!(run.first(UNBIND) < run.first("load"));
    assert_eq!(run.held(DISPLAY), "vfio-pci, override vfio-pci");
    assert_eq!(codes(&run), ["framebuffer-released"]);
    assert!(!run.model.text(IOMEM).unwrap().contains("efifb"));
    assert_eq!(run.all(BIND), [""; 0]);
}

#[test]
fn one_that_keeps_its_memory_is_reported_with_the_parameter_that_helps() {
    let run = stage("038000", "simple-framebuffer").run();
    assert_eq!(run.held(DISPLAY), "vfio-pci, override vfio-pci");
    assert_eq!(codes(&run), ["framebuffer-held"]);
    let text = run.report.to_string();
    assert!(text.contains("initcall_blacklist=sysfb_init"), "{text}");
}

#[test]
fn one_whose_driver_does_not_let_go_is_reported_with_the_error() {
    let knobs = Knobs::stubborn("efi-framebuffer");
    let run = stage("038000", "efi-framebuffer").knobs(knobs).run();
    assert_eq!(run.fate(DISPLAY), "claimed");
    assert_eq!(codes(&run), ["framebuffer-held"]);
    let text = run.report.to_string();
    assert!(text.contains("unbind: Device or resource busy"), "{text}");
}

#[test]
fn that_of_a_vga_controller_is_left_to_vfio_pci() {
    let run = stage("030000", "efi-framebuffer").run();
    assert_eq!(run.fate(DISPLAY), "claimed");
    assert_eq!(run.all(UNBIND), [""; 0]);
    assert_eq!(codes(&run), [""; 0]);
}

#[test]
fn it_draws_again_where_the_display_could_not_be_claimed() {
    let knobs = Knobs::broken("vfio-pci");
    let run = stage("038000", "efi-framebuffer").knobs(knobs).run();
    assert_eq!(run.fate(DISPLAY), "failed bind-failed");
    assert_eq!(run.held(DISPLAY), "-, override -");
    assert!(run.first(UNBIND) < run.first(BIND));
    assert!(run.model.text(IOMEM).unwrap().contains("efifb"));
    assert_eq!(codes(&run), [""; 0]);
}

/// Who has the memory, and what is reported about it.
fn assert_reported(run: &Run, fault: &str) {
    let draws = run.model.text(IOMEM).unwrap().contains("efifb");
    let all = run.warnings(None);
    match run.fate(DISPLAY).as_str() {
        "claimed" if draws => assert!(
            all.contains(&"framebuffer-held") || all.contains(&"unreadable"),
            "{all:?}: {fault}"
        ),
        "claimed" => assert!(
            all.iter().any(|code| code.starts_with("framebuffer-")),
            "{all:?}: {fault}"
        ),
        fate => assert!(draws, "{fate}, and the console is gone: {fault}"),
    }
}

#[test]
fn whatever_fails_the_framebuffer_draws_or_that_is_reported() {
    let run = |fault| {
        let knobs = Knobs {
            fault,
            ..Knobs::default()
        };
        stage("038000", "efi-framebuffer").knobs(knobs).run()
    };
    let plain = run(None);
    assert_reported(&plain, "no fault");
    let calls = plain.model.0.borrow().calls.len();
    for what in [Errno::EIO, Errno::ENODEV, Errno::EBUSY].map(Wrong::Once) {
        for at in 0..calls {
            let run = run(Some(Fault { at, what }));
            let struck = run.model.0.borrow().faulted.clone();
            assert_reported(&run, &format!("{what:?}, {struck:?}"));
        }
    }
}
