//! A device that virtual functions are to be made of: host drivers are held back from these before its own driver loads,
//! and nothing else is done to it, whatever goes wrong.

use nix::errno::Errno;

use crate::stage::{DISK, MODULES, NIC, Run, Stage, machine};
use crate::support::model::{Fault, Knobs, Wrong};

const AUTOPROBE: &str = "sys/bus/pci/devices/0000:01:00.0/sriov_drivers_autoprobe";

fn stage() -> Stage {
    let disk = "1b36:0010 1af4:1100 010802 - 2";
    let table = machine(MODULES).replace(disk, &format!("{disk} vfs=0/4"));
    Stage::on(
        &table,
        "vfio-early.ids=1b36:0010,00:03.0 vfio-early.vfs=2@01:00.0",
    )
}

#[test]
fn host_drivers_are_held_back_before_any_is_loaded() {
    let run = stage().run();
    assert_eq!(run.fate(DISK), "refused vfs-later");
    assert_eq!(
        (run.held(DISK), run.fate(NIC)),
        ("-, override -".to_owned(), "claimed".to_owned())
    );
    assert_eq!(run.model.text(AUTOPROBE).as_deref(), Some("0\n"));
    let held = format!("write \"0\" {AUTOPROBE}");
    assert!(
        run.first(&held) < run.first("load "),
        "{:#?}",
        run.model.acts()
    );
    assert!(run.satisfied, "its owner wants it to stay");
}

#[test]
fn whatever_fails_the_physical_function_stays_with_the_host_and_that_is_reported() {
    let calls = stage().run().model.0.borrow().calls.len();
    for what in [Wrong::Once(Errno::EIO), Wrong::Always(Errno::EACCES)] {
        for at in 0..calls {
            let fault = Some(Fault { at, what });
            let knobs = Knobs {
                fault,
                ..Knobs::default()
            };
            let run: Run = stage().knobs(knobs).run();
            let context = format!("{what:?} at call {at}");
            assert_eq!(run.held(DISK), "-, override -", "{context}");
            let held_back = run.model.text(AUTOPROBE).as_deref() == Some("0\n");
            match run.fate(DISK).as_str() {
                "refused vfs-later" => assert!(held_back, "{context}"),
                "" => assert!(!run.satisfied, "{context}: {:?}", run.report),
                fate => assert!(!held_back && !run.satisfied, "{context}: {fate}"),
            }
        }
    }
}
