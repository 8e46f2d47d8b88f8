//! Every folder of `tests/protect`: a machine and what its host shows of disks, file systems and networks, and the
//! protect list as it is printed.
//!
//! `UPDATE=1 cargo test --test protect` writes the lists anew; read the difference before you commit it.
//! `CASE=NAME` runs those whose names contain NAME.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

mod support;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use support::folders::{Differences, folders};
use support::host;
use support::model::{Fault, Knobs, Model, Wrong};
use support::tree::Tree;
use vfio_early::host::protect::find::find;
use vfio_early::host::protect::remark::Remark;
use vfio_early::machine::{ProtectList, Protected};

fn cases() -> Vec<PathBuf> {
    folders("protect", 30)
}

fn tree(dir: &Path) -> Tree {
    let text = |name| fs::read_to_string(dir.join(name)).unwrap();
    let machine = text("machine").parse();
    let machine = machine.unwrap_or_else(|error| panic!("{}/machine: {error}", dir.display()));
    host::tree(&machine, &text("host"))
}

fn found(tree: &Tree) -> (ProtectList, Vec<Remark>) {
    find(&Model::new(tree.clone(), Knobs::default()).root())
}

#[test]
fn every_case_prints_its_list() {
    let mut differences = Differences::default();
    for dir in cases() {
        let (list, doubts) = found(&tree(&dir));
        let mut seen = list.to_string();
        for doubt in doubts {
            let _ = writeln!(seen, "doubt: {doubt}");
        }
        differences.compare(&dir.join("expected"), &seen);
        let (read, problems) = ProtectList::parse(list.to_string().as_bytes());
        assert_eq!((&read.devices, problems), (&list.devices, vec![]));
    }
    differences.assert_none();
}

#[test]
fn a_list_that_lacks_something_after_an_error_has_a_comment_about_it() {
    for dir in cases() {
        let tree = tree(&dir);
        let (whole, doubts) = found(&tree);
        // Until a call that is not made any more.
        for call in 0.. {
            let knobs = Knobs {
                fault: Some(Fault {
                    at: call,
                    what: Wrong::Once(Errno::EIO),
                }),
                ..Knobs::default()
            };
            let model = Model::new(tree.clone(), knobs);
            let (list, stderr) = find(&model.root());
            let Some(faulted) = model.0.borrow().faulted.clone() else {
                break;
            };
            // A serial number that cannot be read is as good as none.
            let paths = |list: &ProtectList| {
                let entry = |device: &Protected| (device.path.clone(), device.reasons.clone());
                list.devices.iter().map(entry).collect::<Vec<_>>()
            };
            let complete = paths(&list) == paths(&whole);
            assert!(
                complete || stderr != doubts,
                "{}: after {faulted} there is only\n{list}",
                dir.display()
            );
        }
    }
}

#[test]
fn the_command_prints_the_list_and_its_doubts_and_succeeds() {
    let dir = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protect/052-zfs-without-its-program");
    tree(&case).write_to(dir.path()).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vfio-early"));
    let output = command
        .arg("--root")
        .arg(dir.path())
        .arg("protect")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let (list, doubts) = found(&tree(&case));
    assert_eq!(String::from_utf8_lossy(&output.stdout), list.to_string());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let wanted: String = doubts
        .iter()
        .map(|doubt| format!("vfio-early: protect: {doubt}\n"))
        .collect();
    assert_eq!(stderr, wanted);
}

#[test]
fn a_chroot_is_recognized_by_the_root_of_the_first_process() {
    let dir = tempfile::tempdir().unwrap();
    let case =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protect/010-partitions-of-one-disk");
    let mut tree = tree(&case);
    tree.link("proc/1/root", "../..");
    tree.write_to(dir.path()).unwrap();
    let root = || vfio_early::sys::Root::at(dir.path());
    assert_eq!(find(&root()).0, found(&tree).0);
    fs::remove_file(dir.path().join("proc/1/root")).unwrap();
    std::os::unix::fs::symlink("/", dir.path().join("proc/1/root")).unwrap();
    let (list, doubts) = find(&root());
    assert!(list.devices.is_empty());
    let wanted = "this is a chroot (/proc/1/root is another directory): what the machine needs cannot be known from here; \
                  the list is empty";
    assert_eq!(
        doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [wanted]
    );
}
