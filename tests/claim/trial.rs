//! A claim that is made once for each of its calls and each thing that can go wrong there, and what holds after each.

use serde_json::Value;

use crate::stage::{DISPLAY, MODULES, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};
use crate::{order, preparation};

/// Two devices of groups of their own, one of which a host driver has.
pub const TWO: &str = "vfio-early.ids=01:00.0,00:03.0 vfio-early.timeout=1";

/// The other functions of the disk and of the network card, one of which is in a group with the other card.
pub const MORE: &str = "\
  0000:01:00.1 8086:2668 1af4:1100 040300 snd_hda_intel 2
0000:00:03.1 8086:10d3 8086:a01f 020000 e1000e 3
0000:00:04.0 8086:2934 1af4:1100 0c0300 uhci_hcd 5
";
/// They go by function, by group and by class, to two drivers.
pub const GROUPS: &str = "vfio-early.ids=01:00.*,00:03.0+group,class:usb vfio-early.driver=pci-stub@class:usb \
    vfio-early.timeout=1";

/// The disk may not be taken; a display of which vfio-pci does not take the boot framebuffer by itself may.
pub const KEPT: &str =
    "vfio-early.ids=01:00.0,00:02.0 vfio-early.force=display vfio-early.timeout=1";
pub const LIST: &str = "0000:00:01.0/00.0 1b36:0010:1af4:1100 010802 - /,/boot\n";

pub type Check = fn(&Run, Option<Wrong>, &str);

/// A claim, made once for each of its calls and each thing that can go wrong there.
pub struct Trial {
    pub table: String,
    pub cmdline: &'static str,
    pub knobs: Knobs,
    pub list: &'static str,
}

impl Trial {
    pub fn two(knobs: Knobs) -> Self {
        Self {
            table: machine(MODULES),
            cmdline: TWO,
            knobs,
            list: "",
        }
    }

    pub fn groups() -> Self {
        Self {
            table: machine(MODULES) + MORE,
            cmdline: GROUPS,
            ..Self::two(Knobs::default())
        }
    }

    pub fn variant(knobs: Knobs) -> Self {
        Self {
            table: order::variant_table(),
            ..Self::two(knobs)
        }
    }

    pub fn prepared(knobs: Knobs) -> Self {
        Self {
            table: preparation::table(),
            cmdline: preparation::ALL,
            ..Self::two(knobs)
        }
    }

    pub fn kept(knobs: Knobs) -> Self {
        let facts = format!("framebuffer efi-framebuffer.0 efi-framebuffer {DISPLAY}\n{MODULES}");
        Self {
            table: machine(&facts).replace("030000 - 4 boot-display=1", "038000 - 4"),
            cmdline: KEPT,
            list: LIST,
            ..Self::two(knobs)
        }
    }

    /// Makes every claim and hands what is left of it to [`check`].
    pub fn each(&self, wrongs: &[Wrong]) {
        self.each_with(wrongs, |_, _, _| {});
    }

    /// The same, and to `more` too.
    pub fn each_with(&self, wrongs: &[Wrong], more: Check) {
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
        let calls = plain.model.0.borrow().calls.len();
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
    let reported = lasting && run.warnings(Some(address)).contains(&"not-given-back");
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
            reported || native.is_none(),
            "{address} has lost its driver: {fault}"
        );
        assert!(
            reported || held == "-, override -",
            "{address} {held}: nobody can have it: {fault}"
        );
    }
    let ours =
        driver.is_some() && run.device(address)["driver_wanted"] == driver.unwrap_or_default();
    if fate == "claimed" {
        assert!(ours, "{address} {held} is reported as claimed: {fault}");
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
