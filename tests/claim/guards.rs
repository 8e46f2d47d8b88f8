//! What the guards read, and when they refuse.

use vfio_early::config;
use vfio_early::machine::{EveryDevice, Machine};
use vfio_early::pci::Address;

use crate::program::{claim, dir};
use crate::stage::{MODULES, Stage, machine};
use crate::support::model::{Knobs, Model};

/// The usual machine as it is read for `stage`.
fn read(stage: &Stage) -> Machine {
    let root = Model::new(stage.tree(), Knobs::default()).root();
    let request = config::read(&root);
    Machine::read(&root, &request).unwrap()
}

#[test]
fn what_else_there_is_matters_only_to_a_guard() {
    for (cmdline, known) in [
        ("vfio-early.ids=00:03.0", 1),
        ("vfio-early.ids=00:03.0 root=/dev/sda1", 1),
        ("vfio-early.ids=00:03.0 ip=dhcp", 4),
        ("vfio-early.ids=01:00.0", 1),
        ("vfio-early.ids=01:00.0 root=/dev/nfs", 1),
        ("vfio-early.ids=01:00.0 root=/dev/sda1", 4),
        ("vfio-early.ids=00:02.0", 4),
    ] {
        let machine = read(&Stage::new(cmdline));
        assert_eq!(machine.bus.devices.len(), known, "{cmdline}");
    }
}

#[test]
fn a_function_that_is_not_requested_is_read_once_at_most() {
    let calls = |cmdline: &str, others: usize| {
        let mut table = machine(MODULES);
        for bus in 0x10..0x10 + others {
            table += &format!("0000:{bus:02x}:00.0 8086:10d3 8086:a01f 020000 - {bus}\n");
        }
        let model = Model::new(Stage::on(&table, cmdline).tree(), Knobs::default());
        let root = model.root();
        Machine::read(&root, &config::read(&root)).unwrap();
        model.0.borrow().calls.len()
    };
    for (cmdline, each) in [
        ("vfio-early.ids=00:03.0", 0),
        ("vfio-early.ids=00:02.0", 1),
        ("vfio-early.ids=1234:1111", 1),
        ("vfio-early.ids=01:00.0 root=/dev/sda1", 1),
    ] {
        let (few, many) = (calls(cmdline, 10), calls(cmdline, 110));
        assert_eq!(many - few, 100 * each, "{cmdline}");
    }
}

#[test]
fn a_serial_number_is_read_only_in_doubt() {
    let disk: Address = "01:00.0".parse().unwrap();
    let serial = "52-54-00-ff-ff-12-34-56";
    let usual = machine(MODULES).replace("010802 - 2", &format!("010802 - 2 serial={serial}"));
    let twin = "0000:00:04.0 1b36:0010 1af4:1100 010802 - 5\n";
    for (path, more, known) in [
        ("0000:00:01.0/00.0", "", false),
        ("0000:00:01.0/00.0", twin, true),
        ("0000:00:05.0/00.0", "", true),
    ] {
        let list = format!("{path} 1b36:0010:1af4:1100 010802 {serial} /\n");
        let stage = Stage::on(&format!("{usual}{more}"), "vfio-early.ids=01:00.0")
            .file("etc/vfio-early.protect", &list);
        let machine = read(&stage);
        let found = machine.bus.get(disk).unwrap().serial;
        assert_eq!(found.is_some(), known, "{path} {more}");
        assert_eq!(stage.run().fate("0000:01:00.0"), "refused boot-disk");
    }
}

#[test]
fn a_bad_line_of_the_protect_list_may_name_any_disk() {
    for more in ["", "0000:00:05.0/00.0 1b36:0011:1af4:1100 010802 - /\n"] {
        let list = format!("0000:00:01.0/00.0 1b36:0010 010802 - /\n{more}");
        let run = Stage::new("vfio-early.ids=00:03.0,01:00.0")
            .file("etc/vfio-early.protect", &list)
            .run();
        assert_eq!(run.fate("0000:01:00.0"), "refused boot-disk");
        assert_eq!(run.fate("0000:00:03.0"), "claimed");
        assert_eq!(run.warnings(None), ["malformed-protect-line"]);
        assert!(!run.satisfied);
    }
}

#[test]
fn a_protect_list_that_cannot_be_read_is_a_warning_and_keeps_what_may_be_on_it() {
    let run = |more: &str| {
        Stage::new(&format!("vfio-early.ids=00:03.0,01:00.0 {more}"))
            .file("etc/vfio-early.protect/directory", "")
            .run()
    };
    let plain = run("");
    assert_eq!(plain.fate("0000:00:03.0"), "claimed");
    assert_eq!(plain.fate("0000:01:00.0"), "refused boot-disk");
    assert_eq!(plain.warnings(None), ["unreadable"]);
    assert!(!plain.satisfied);
    assert_eq!(run("ip=dhcp").fate("0000:00:03.0"), "refused network");
    let forced = run("vfio-early.force=boot-disk");
    assert_eq!(forced.fate("0000:01:00.0"), "claimed");
}

#[test]
fn what_is_taken_from_the_owner_is_logged_once_and_before_the_summary() {
    let dir = dir(&Stage::new("vfio-early.ids=00:02.0 vfio-early.log=error"));
    let (_, _, stderr) = claim(dir.path(), &[]);
    let lines: Vec<&str> = stderr.lines().collect();
    let screen = "vfio-early: the host is left without a display once 0000:00:02.0 is claimed: the screen stops; to undo this, boot \
                  with vfio-early.mode=off on the kernel command line";
    assert_eq!(lines.first(), Some(&screen), "{stderr}");
    assert_eq!(stderr.matches("the screen stops").count(), 1, "{stderr}");

    let (_, planned, stderr) = claim(dir.path(), &["--dry-run"]);
    assert_eq!(planned.matches("the screen stops").count(), 1, "{planned}");
    assert!(!stderr.contains("the screen stops"), "{stderr}");
}

/// A machine with a card that does not answer, on its own or on the driver that was wanted.
fn unanswered(driver: &str) -> String {
    format!(
        "{}0000:20:00.0 1002:731f 1043:04e2 038000 {driver} 32 no-answer\n",
        machine(MODULES)
    )
}

#[test]
fn a_device_that_does_not_answer_is_never_claimed() {
    for driver in ["-", "nvme", "vfio-pci"] {
        let cmdline = "vfio-early.ids=20:00.0 vfio-early.force=all";
        let run = Stage::on(&unanswered(driver), cmdline).run();
        let address = "0000:20:00.0";
        assert_eq!(run.fate(address), "refused no-answer");
        assert_eq!(run.held(address), format!("{driver}, override -"));
        assert!(!run.satisfied, "{driver}");
    }
}

#[test]
fn a_listing_wakes_no_sleeping_device_and_a_claim_does() {
    let mut tree = Stage::on(&unanswered("-"), "vfio-early.ids=20:00.0").tree();
    tree.file(
        "sys/bus/pci/devices/0000:20:00.0/power/runtime_status",
        "suspended\n",
    );
    let root = Model::new(tree, Knobs::default()).root();
    let request = config::read(&root);
    let seen = |machine: Machine| {
        let device = machine.bus.get("0000:20:00.0".parse().unwrap()).cloned();
        device.unwrap().no_answer
    };
    assert!(seen(Machine::read(&root, &request).unwrap()));
    let every = EveryDevice::default();
    assert!(!seen(Machine::read_with(&root, &request, &every).unwrap()));
}
