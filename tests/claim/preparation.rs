//! What is done to a device before its driver comes: when, and what is left of it where something goes wrong.

use std::path::Path;

use serde_json::json;
use vfio_early::pci::Id;

use crate::stage::{DISK, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Intruder, Knobs};
use crate::support::tree::offers::rom;

pub const ALL: &str = "vfio-early.ids=01:00.0,00:03.0 vfio-early.rom=copy@01:00.0,copy@00:03.0 \
    vfio-early.rebar=1:1G@01:00.0 vfio-early.reset-method=bus@01:00.0,bus@00:03.0 \
    vfio-early.d3cold=off@01:00.0,off@00:03.0 vfio-early.timeout=1";

/// The disk and the network card, with all that can be prepared.
pub fn table() -> String {
    machine(MODULES)
        .replace("010802 - 2", "010802 - 2 reset=flr,bus rebar=1:256M+1G rom")
        .replace("e1000e 3", "e1000e 3 reset=pm,bus rom")
}

fn file(run: &Run, address: &str, name: &str) -> String {
    let path = format!("sys/bus/pci/devices/{address}/{name}");
    run.model.text(&path).unwrap().trim_end().to_owned()
}

/// A device's preparations as `rom done, d3cold failed preparation-failed`.
fn prepared(run: &Run, address: &str) -> String {
    let all = run.device(address)["preparations"].as_array().unwrap();
    let one = |one: &serde_json::Value| {
        let words = ["key", "outcome", "code"].map(|key| one[key].as_str().unwrap_or(""));
        words.join(" ").trim_end().to_owned()
    };
    all.iter().map(one).collect::<Vec<_>>().join(", ")
}

const DONE: &str = "rom done, rebar done, reset-method done, d3cold done";
const COPY: &str = "run/vfio-early/rom/0000:01:00.0.rom";

#[test]
fn each_is_done_while_no_driver_has_the_device() {
    let run = Stage::on(&table(), ALL).run();
    assert_eq!(prepared(&run, DISK), DONE);
    assert_eq!(
        prepared(&run, NIC),
        "rom done, reset-method done, d3cold done"
    );
    assert_eq!(
        (run.fate(DISK), run.fate(NIC)),
        ("claimed".into(), "claimed".into())
    );
    assert!(run.satisfied && run.warnings(None).is_empty());
    let at = |text: &str, address: &str| {
        let acts = run.model.acts();
        let found = acts
            .iter()
            .position(|act| act.starts_with(text) && act.contains(address));
        found.unwrap_or_else(|| panic!("no act begins with {text:?} for {address}: {acts:#?}"))
    };
    // The disk has no driver, and the module would bind it at once; the network card has one.
    let order = [
        at("write \"vfio-pci\"", DISK),
        at("write \"1\"", "0000:01:00.0/rom"),
        at("write \"0\"", "0000:01:00.0/rom"),
        at("write \"10\"", "resource1_resize"),
        at("write \"bus\"", DISK),
        at("write \"0\"", "0000:01:00.0/d3cold_allowed"),
        run.first("load vfio_pci"),
        at("unbind", NIC),
        at("write \"bus\"", NIC),
        at("write \"0000:00:03.0\"", "vfio-pci/bind"),
        at("write \"on\"", "0000:00:03.0/power/control"),
    ];
    assert!(order.is_sorted(), "{order:?} {:#?}", run.model.acts());
    for address in [DISK, NIC] {
        assert_eq!(file(&run, address, "reset_method"), "bus");
        assert_eq!(file(&run, address, "d3cold_allowed"), "0");
        assert_eq!(file(&run, address, "power/control"), "on");
    }
    let resource = file(&run, DISK, "resource");
    let line: Vec<&str> = resource.lines().nth(1).unwrap().split(' ').collect();
    assert_eq!(
        line[1],
        "0x0000010040000000".replace("40000000", "3fffffff")
    );
    let whole = rom(Id {
        vendor: 0x1b36,
        device: 0x10,
        subvendor: 0,
        subdevice: 0,
    });
    let copy = run.model.0.borrow().tree.0[Path::new(COPY)].clone();
    assert_eq!(copy, crate::support::tree::Node::File(whole));
}

#[test]
fn what_was_done_is_taken_back_where_the_claim_fails() {
    let knobs = Knobs::broken("vfio-pci");
    let run = Stage::on(&table(), ALL).knobs(knobs).run();
    assert_eq!(run.fate(DISK), "failed bind-failed");
    let undone = "rom done, rebar undone, reset-method undone, d3cold undone";
    assert_eq!(prepared(&run, DISK), undone);
    for (address, methods) in [(DISK, "flr bus"), (NIC, "pm bus")] {
        assert_eq!(file(&run, address, "reset_method"), methods);
        assert_eq!(file(&run, address, "d3cold_allowed"), "1");
    }
    let resource = file(&run, DISK, "resource");
    let line = resource.lines().nth(1).unwrap();
    assert!(line.contains("0x000001000fffffff"), "{line}");
}

#[test]
fn what_is_so_already_is_not_written() {
    let cmdline = "vfio-early.ids=01:00.0 vfio-early.rebar=1:256M@01:00.0 \
        vfio-early.reset-method=flr+bus@01:00.0";
    let run = Stage::on(&table(), cmdline).run();
    assert_eq!(prepared(&run, DISK), "rebar done, reset-method done");
    let touched = |act: &String| act.contains("resize") || act.contains("reset_method");
    assert!(!run.model.acts().iter().any(touched));
}

#[test]
fn a_rom_that_is_not_the_devices_own_is_not_kept() {
    let own = Id {
        vendor: 0x1b36,
        device: 0x10,
        subvendor: 0,
        subdevice: 0,
    };
    let good = rom(own);
    let with = |at: usize, byte: u8| {
        let mut rom = good.clone();
        rom[at] = byte;
        rom
    };
    for (bytes, wanted) in [
        (with(0, 0), "the kernel finds no image in its ROM"),
        (with(0x22, 0x11), "its ROM is for 1b36:0011"),
        (
            with(0x2c, 2),
            "its ROM ends after 512 bytes, but its images have 1024",
        ),
        (
            with(0x1c, 0),
            "an image of its ROM does not name its device",
        ),
    ] {
        let stage = Stage::on(
            &table(),
            "vfio-early.ids=01:00.0 vfio-early.rom=copy@01:00.0",
        );
        let mut tree = stage.tree();
        let dir = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
        tree.file(format!("{dir}/rom"), bytes);
        let run = Run::new(tree, Knobs::default());
        assert_eq!(run.fate(DISK), "claimed");
        assert!(run.satisfied);
        assert_eq!(prepared(&run, DISK), "rom failed rom-invalid");
        assert_eq!(run.warnings(Some(DISK)), ["rom-invalid"]);
        let message = format!("rom=copy is not applied: {wanted}; no copy is kept");
        assert_eq!(
            run.device(DISK)["preparations"][0]["message"],
            json!(message)
        );
        assert_eq!(run.report["warnings"][0]["fact"], json!(message));
        assert_eq!(run.model.text(COPY), None);
        assert_eq!(file(&run, DISK, "enable"), "0");
    }
}

#[test]
fn a_device_that_decodes_no_memory_is_enabled_for_the_copy() {
    let knobs = Knobs {
        asleep: vec![DISK.into()],
        ..Knobs::default()
    };
    let stage = Stage::on(
        &table(),
        "vfio-early.ids=01:00.0 vfio-early.rom=copy@01:00.0",
    );
    let run = stage.knobs(knobs).run();
    assert_eq!(prepared(&run, DISK), "rom done");
    let enables = run.model.acts();
    let enables = enables.iter().filter(|act| act.ends_with("/enable"));
    let written: Vec<&str> = enables.filter_map(|act| act.split(' ').nth(1)).collect();
    assert_eq!(written, ["\"1\"", "\"0\""]);
}

#[test]
fn a_driver_that_is_faster_leaves_no_moment() {
    let intruder = Intruder {
        before: "write \"vfio-pci\"".into(),
        address: DISK.into(),
        driver: "vfio-pci".into(),
    };
    let knobs = Knobs {
        intruder: Some(intruder),
        ..Knobs::default()
    };
    let stage = Stage::on(
        &table(),
        "vfio-early.ids=01:00.0 vfio-early.d3cold=off@01:00.0",
    );
    let run = stage.knobs(knobs).run();
    assert_eq!(run.fate(DISK), "claimed");
    assert_eq!(prepared(&run, DISK), "d3cold failed preparation-too-late");
}

#[test]
fn what_is_not_claimed_is_not_prepared() {
    let cmdline = "vfio-early.ids=01:00.0,!01:00.0 vfio-early.d3cold=off@01:00.0";
    let run = Stage::on(&table(), cmdline).run();
    assert_eq!(prepared(&run, DISK), "d3cold skipped");
    assert!(run.model.acts().is_empty() && run.warnings(None).is_empty());
}

#[test]
fn a_device_without_preparations_costs_nothing_more() {
    let calls = |cmdline: &str| {
        let run = Stage::on(&table(), cmdline).run();
        let calls = run.model.0.borrow().calls.len();
        (calls, run)
    };
    let (plain, _) = calls("vfio-early.ids=01:00.0,00:03.0");
    let (other, run) = calls("vfio-early.ids=01:00.0,00:03.0 vfio-early.d3cold=off@09:00.0");
    assert_eq!(run.warnings(None), ["unused-rule"]);
    assert_eq!(plain, other);
}

#[test]
fn what_the_machine_offers_is_read_before_and_is_in_the_warning() {
    let cmdline =
        "vfio-early.ids=01:00.0 vfio-early.rebar=1:2G@01:00.0 vfio-early.reset-method=pm@01:00.0";
    let run = Stage::on(&table(), cmdline).run();
    let wanted = "rebar failed rebar-unsupported, reset-method failed reset-method-unsupported";
    assert_eq!(prepared(&run, DISK), wanted);
    let message = "rebar=1:2G is not applied: this register supports only 256M, 1G";
    assert_eq!(
        run.device(DISK)["preparations"][0]["message"],
        json!(message)
    );
    assert_eq!((run.fate(DISK), run.satisfied), ("claimed".into(), true));
}
