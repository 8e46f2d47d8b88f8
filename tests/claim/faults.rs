//! Every call of a claim goes wrong in turn: with every error that sysfs is known to give, with half of the bytes, for
//! good, or because the device vanishes.

use nix::errno::Errno;
use serde_json::Value;

use crate::order;
use crate::preparation;
use crate::stage::{DISK, DISPLAY, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};

const ERRORS: [Errno; 6] = [
    Errno::EIO,
    Errno::ENOENT,
    Errno::EACCES,
    Errno::EBUSY,
    Errno::ENODEV,
    Errno::ENOSPC,
];

/// Two devices of groups of their own, one of which a host driver has.
const TWO: &str = "vfio-early.ids=01:00.0,00:03.0 vfio-early.timeout=1";

/// The other functions of the disk and of the network card, one of which is in a group with the other card.
const MORE: &str = "\
  0000:01:00.1 8086:2668 1af4:1100 040300 snd_hda_intel 2
0000:00:03.1 8086:10d3 8086:a01f 020000 e1000e 3
0000:00:04.0 8086:2934 1af4:1100 0c0300 uhci_hcd 5
";
/// They go by function, by group and by class, to two drivers.
const GROUPS: &str = "vfio-early.ids=01:00.*,00:03.0+group,class:usb vfio-early.driver=pci-stub@class:usb \
    vfio-early.timeout=1";

/// The disk may not be taken; a display of which vfio-pci does not take the boot framebuffer by itself may.
const KEPT: &str = "vfio-early.ids=01:00.0,00:02.0 vfio-early.force=display vfio-early.timeout=1";
const LIST: &str = "0000:00:01.0/00.0 1b36:0010:1af4:1100 010802 - /,/boot\n";

type Check = fn(&Run, Option<Wrong>, &str);

/// A claim, made once for each of its calls and each thing that can go wrong there.
struct Trial {
    table: String,
    cmdline: &'static str,
    knobs: Knobs,
    list: &'static str,
}

impl Trial {
    fn two(knobs: Knobs) -> Self {
        Self {
            table: machine(MODULES),
            cmdline: TWO,
            knobs,
            list: "",
        }
    }

    fn groups() -> Self {
        Self {
            table: machine(MODULES) + MORE,
            cmdline: GROUPS,
            ..Self::two(Knobs::default())
        }
    }

    fn variant(knobs: Knobs) -> Self {
        Self {
            table: order::variant_table(),
            ..Self::two(knobs)
        }
    }

    fn prepared(knobs: Knobs) -> Self {
        Self {
            table: preparation::table(),
            cmdline: preparation::ALL,
            ..Self::two(knobs)
        }
    }

    fn kept(knobs: Knobs) -> Self {
        let facts = format!("framebuffer efi-framebuffer.0 efi-framebuffer {DISPLAY}\n{MODULES}");
        Self {
            table: machine(&facts).replace("030000 - 4 boot-display=1", "038000 - 4"),
            cmdline: KEPT,
            list: LIST,
            ..Self::two(knobs)
        }
    }

    /// Makes every claim and hands what is left of it to [`check`].
    fn each(&self, wrongs: &[Wrong]) {
        self.each_with(wrongs, |_, _, _| {});
    }

    /// The same, and to `more` too.
    fn each_with(&self, wrongs: &[Wrong], more: Check) {
        let stage = Stage::on(&self.table, self.cmdline);
        let tree = stage.file("etc/vfio-early.protect", self.list).tree();
        let claim = |fault| {
            let knobs = Knobs {
                fault,
                ..self.knobs.clone()
            };
            Run::new(tree.clone(), knobs)
        };
        let plain = claim(None);
        let calls = plain.model.0.borrow().calls;
        assert!(calls > 30, "{calls} calls");
        check(&plain, None, "no fault");
        more(&plain, None, "no fault");
        for &what in wrongs {
            for at in 0..calls {
                let run = claim(Some(Fault { at, what }));
                let mut kernel = run.model.0.borrow_mut();
                kernel.let_go();
                let struck = kernel.faulted.clone();
                drop(kernel);
                let struck = struck.unwrap_or("nothing".to_owned());
                if let Wrong::Vanish(gone) = what {
                    check_others(&plain, &run, gone, &format!("at call {at}: {struck}"));
                }
                let fault = format!("{what:?} at call {at}: {struck}");
                check(&run, Some(what), &fault);
                more(&run, Some(what), &fault);
            }
        }
    }
}

/// What holds after every claim, whatever went wrong in it.
fn check(run: &Run, wrong: Option<Wrong>, fault: &str) {
    let addresses = run.model.0.borrow().addresses();
    for address in &addresses {
        check_device(run, address, wrong, fault);
    }
    for device in run.report["devices"].as_array().unwrap() {
        let ours = ["claimed", "already"].contains(&device["outcome"].as_str().unwrap());
        let message = device["message"].as_str().unwrap_or("");
        assert_ne!(ours, message.len() > 9, "{device}: {fault}");
        assert!(ours || !run.satisfied, "{device} is not ours: {fault}");
    }
    let stored = run.model.text("run/vfio-early/report.json");
    let stored = stored.map(|text| serde_json::from_str(&text).expect("a report"));
    let lost = fault.contains(": replace ")
        && fault.ends_with("report.json")
        && !matches!(wrong, Some(Wrong::Vanish(_)));
    assert_eq!(stored.is_none(), lost, "{fault}");
    assert!(!lost || !run.satisfied, "{fault}");
    assert!(
        stored.is_none_or(|report: Value| report == run.report),
        "{fault}"
    );
}

fn check_device(run: &Run, address: &str, wrong: Option<Wrong>, fault: &str) {
    let held = run.held(address);
    let driver = run.model.driver(address);
    let fate = run.fate(address);
    let lasting = matches!(wrong, Some(Wrong::Always(_)));
    let told = lasting && run.warnings(Some(address)).contains(&"not-given-back");
    let native = run.model.0.borrow().native.get(address).cloned();
    if fate.is_empty() {
        let driver = native.as_deref().unwrap_or("-");
        assert_eq!(
            held,
            format!("{driver}, override -"),
            "{address} was not asked for: {fault}"
        );
    } else if driver.is_none() {
        assert!(
            told || native.is_none(),
            "{address} has lost its driver: {fault}"
        );
        assert!(
            told || held == "-, override -",
            "{address} {held}: nobody can have it: {fault}"
        );
    }
    let ours =
        driver.is_some() && run.device(address)["driver_wanted"] == driver.unwrap_or_default();
    if fate == "claimed" {
        assert!(ours, "{address} {held} is told as claimed: {fault}");
    }
    if ours && !lasting {
        assert_eq!(fate, "claimed", "{address} {held}: {fault}");
    }
}

/// A device that vanished takes no other with it, but for those that were asked for as its company.
fn check_others(plain: &Run, run: &Run, gone: &str, fault: &str) {
    for address in run.model.0.borrow().addresses() {
        let (before, after) = (plain.fate(&address), run.fate(&address));
        let not_asked = after.is_empty() && run.warnings(None).contains(&"no-match");
        assert!(before == after || not_asked, "{address} {after}: {fault}");
    }
    let warnings = run.warnings(Some(gone));
    assert!(!warnings.contains(&"not-given-back"), "{gone}: {fault}");
}

#[test]
fn one_error_leaves_nobody_alone_and_is_told() {
    Trial::two(Knobs::default()).each(&ERRORS.map(Wrong::Once));
}

/// What else holds where the disk is on the protect list and the display shows the boot framebuffer.
fn check_kept(run: &Run, wrong: Option<Wrong>, fault: &str) {
    let fate = run.fate(DISK);
    let kept = ["", "refused boot-disk", "refused bridge"].contains(&fate.as_str());
    assert!(kept, "the disk of the system is {fate}: {fault}");
    assert!(wrong.is_some() || fate == "refused boot-disk", "{fate}");
    let ours = run.model.driver(DISPLAY).as_deref() == Some("vfio-pci");
    let drawn = run.model.text("proc/iomem").unwrap().contains("efifb");
    let told = run.warnings(Some(DISPLAY)).contains(&"not-given-back");
    let gone = matches!(wrong, Some(Wrong::Vanish(DISPLAY)));
    assert!(
        ours || drawn || told || gone,
        "the screen stays dark: {fault}"
    );
    assert!(!told || matches!(wrong, Some(Wrong::Always(_))), "{fault}");
}

#[test]
fn a_disk_on_the_protect_list_is_kept_and_the_framebuffer_comes_back_whatever_goes_wrong() {
    let broken = Knobs {
        broken: vec!["vfio-pci".into()],
        ..Knobs::default()
    };
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::kept(knobs);
        let check: Check = check_kept;
        trial.each_with(&[Errno::EIO, Errno::ENODEV].map(Wrong::Once), check);
        trial.each_with(&[Wrong::Always(Errno::EACCES), Wrong::Short], check);
        trial.each_with(&[Wrong::Vanish(DISPLAY)], check);
    }
}

/// What else holds where devices are prepared: nothing of it stays on one that is the host's, or that is told.
fn check_prepared(run: &Run, wrong: Option<Wrong>, fault: &str) {
    for address in [DISK, NIC] {
        let text = |name: &str| {
            run.model
                .text(&format!("sys/bus/pci/devices/{address}/{name}"))
        };
        let is = (text("reset_method"), text("d3cold_allowed"));
        let all = run.device(address)["preparations"].as_array().cloned();
        let all = all.unwrap_or_default();
        let told = |key: &str, words: &[&str]| {
            let one = all.iter().find(|one| one["key"] == key);
            one.is_some_and(|one| words.contains(&one["outcome"].as_str().unwrap()))
        };
        let ours = run.fate(address) == "claimed";
        let kept = all
            .iter()
            .any(|one| one["code"] == "preparation-not-undone");
        if let (Some(method), Some(d3cold)) = is {
            let set = [
                ("reset-method", method == "bus\n"),
                ("d3cold", d3cold == "0\n"),
            ];
            for (key, set) in set {
                let may = ours || kept || matches!(wrong, Some(Wrong::Short | Wrong::Always(_)));
                assert!(!set || may, "{address} keeps {key}: {fault}");
                assert!(set || !told(key, &["done"]), "{address} {key}: {fault}");
            }
        }
        for one in &all {
            let is_failed = one["outcome"] == "failed";
            assert_eq!(is_failed, one["message"].is_string(), "{one}: {fault}");
            assert_ne!(one["outcome"], "planned", "{one}: {fault}");
        }
        let copied = run.model.text(&format!("run/vfio-early/rom/{address}.rom"));
        assert_eq!(
            copied.is_some(),
            told("rom", &["done"]),
            "{address}: {fault}"
        );
    }
}

#[test]
fn a_preparation_that_goes_wrong_stops_no_claim_and_is_taken_back_with_it() {
    let broken = Knobs {
        broken: vec!["vfio-pci".into()],
        ..Knobs::default()
    };
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::prepared(knobs);
        let check: Check = check_prepared;
        trial.each_with(&[Errno::EIO, Errno::EBUSY].map(Wrong::Once), check);
        trial.each_with(&[Wrong::Always(Errno::EACCES), Wrong::Short], check);
        trial.each_with(&[Wrong::Vanish(NIC)], check);
    }
}

#[test]
fn so_it_is_with_several_devices_groups_and_drivers() {
    Trial::groups().each(&[Wrong::Once(Errno::EIO), Wrong::Short]);
}

#[test]
fn an_error_that_lasts_leaves_nobody_alone_but_the_device_whose_own_file_it_is() {
    let wrongs = [Errno::EACCES, Errno::ENOENT, Errno::EBUSY].map(Wrong::Always);
    Trial::two(Knobs::default()).each(&wrongs);
    Trial::groups().each(&wrongs[..1]);
}

#[test]
fn half_a_read_or_half_a_write_is_no_success() {
    Trial::two(Knobs::default()).each(&[Wrong::Short]);
}

#[test]
fn a_device_that_vanishes_takes_no_other_with_it() {
    Trial::two(Knobs::default()).each(&[DISK, NIC].map(Wrong::Vanish));
    let more = [NIC, "0000:01:00.1"];
    Trial::groups().each(&more.map(Wrong::Vanish));
}

#[test]
fn nor_where_a_driver_has_another_name_than_its_module() {
    let broken = Knobs {
        broken: vec!["xe-vfio-pci".into()],
        ..Knobs::default()
    };
    for knobs in [Knobs::default(), broken] {
        let trial = Trial::variant(knobs);
        trial.each(&[Errno::EIO, Errno::ENOENT].map(Wrong::Once));
        trial.each(&[Wrong::Always(Errno::EACCES), Wrong::Short]);
    }
}

#[test]
fn a_device_that_vanishes_is_told_as_such() {
    let table = machine(MODULES);
    let fate = |at| {
        let knobs = Knobs {
            fault: Some(Fault {
                at,
                what: Wrong::Vanish(NIC),
            }),
            ..Knobs::default()
        };
        Run::new(Stage::on(&table, TWO).tree(), knobs).fate(NIC)
    };
    let mut fates: Vec<String> = (0..60).map(fate).collect();
    fates.dedup();
    // Before it was read, from then on, and when all was done.
    assert_eq!(fates, ["", "failed vanished", "claimed"]);
}

#[test]
fn no_error_leaves_a_device_alone_where_vfio_pci_refuses_all() {
    let knobs = Knobs {
        broken: vec!["vfio-pci".into()],
        ..Knobs::default()
    };
    let errors = [Errno::EIO, Errno::ENOENT];
    let trial = Trial::two(knobs);
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}

#[test]
fn nor_where_the_module_cannot_be_loaded() {
    let knobs = Knobs {
        no_decompression: true,
        no_modprobe: true,
        ..Knobs::default()
    };
    let trial = Trial {
        table: machine(MODULES).replace(".ko", ".ko.xz"),
        ..Trial::two(knobs)
    };
    let errors = [Errno::EIO, Errno::ENOENT];
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}

#[test]
fn nor_where_a_driver_lets_go_too_late() {
    let knobs = Knobs {
        stubborn: vec!["e1000e".into()],
        ..Knobs::default()
    };
    let errors = [Errno::EIO, Errno::ENOENT];
    let trial = Trial::two(knobs);
    trial.each(&errors.map(Wrong::Once));
    trial.each(&errors.map(Wrong::Always));
    trial.each(&[Wrong::Short, Wrong::Vanish(NIC)]);
}
