//! The boot framebuffer: taken before the display is bound, given back where that fails.

use crate::stage::{MODULES, Run, Stage, machine};
use crate::support::model::Knobs;

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
    let knobs = Knobs {
        stubborn: vec!["efi-framebuffer".into()],
        ..Knobs::default()
    };
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
    let knobs = Knobs {
        broken: vec!["vfio-pci".into()],
        ..Knobs::default()
    };
    let run = stage("038000", "efi-framebuffer").knobs(knobs).run();
    assert_eq!(run.fate(DISPLAY), "failed bind-failed");
    assert_eq!(run.held(DISPLAY), "-, override -");
    assert!(run.first(UNBIND) < run.first(BIND));
    assert!(run.model.text(IOMEM).unwrap().contains("efifb"));
    assert_eq!(codes(&run), [""; 0]);
}
