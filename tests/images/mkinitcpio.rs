//! mkinitcpio, which no suite of Debian has: the environment variable `MKINITCPIO` names a checkout of it. Without one,
//! `mkinitcpio/runner` stands in, which follows what mkinitcpio(8) says about hooks.
//!
//! *Writes* a copy of the root, with our files for mkinitcpio from `make install`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::store::source;
use crate::root::{Root, run};

/// What an image starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Busybox,
    Systemd,
}

/// The version of the checkout.
pub(crate) fn version() -> String {
    checkout().map_or_else(
        || "stand-in".to_owned(),
        |directory| {
            let mut git = Command::new("git");
            git.arg("-C").arg(directory).args(["describe", "--always"]);
            run(&mut git).trim().to_owned()
        },
    )
}

/// Makes an image in a copy of this root.
pub(crate) fn make(root: &Root, flavour: Flavour) -> PathBuf {
    let root = root.copy(&format!("mkinitcpio-{flavour:?}").to_lowercase());
    run(Command::new("make")
        .args(["--silent", "install", "GENERATORS=mkinitcpio"])
        .arg(format!("DESTDIR={}", root.path("").display()))
        .current_dir(source("")));
    fs::create_dir_all(root.path("test")).unwrap();
    let bring = |from: PathBuf, to: &str| {
        run(Command::new("cp").arg("-r").arg(from).arg(root.path(to)));
    };
    bring(source("tests/images/mkinitcpio"), "test/mkinitcpio");
    let script = match checkout() {
        Some(directory) => {
            bring(directory, "test/mkinitcpio/mkinitcpio");
            "/test/mkinitcpio/checkout"
        }
        None => "/test/mkinitcpio/runner",
    };
    let hooks: &[&str] = match (flavour, checkout().is_some()) {
        (Flavour::Busybox, true) => &["base", "vfio-early", "udev"],
        (Flavour::Busybox, false) => &["vfio-early", "udev"],
        (Flavour::Systemd, true) => &["systemd", "vfio-early"],
        (Flavour::Systemd, false) => panic!("MKINITCPIO names no checkout of mkinitcpio"),
    };
    let image = "/boot/mkinitcpio.img";
    let release = root.kernel.release();
    // The hardest case: a host driver that is loaded before udev triggers anything.
    let command = ["env", "MODULES=e1000e", script, &release, image];
    root.enter(&[&command[..], hooks].concat());
    root.path(image)
}

/// The checkout of mkinitcpio, if there is one.
fn checkout() -> Option<PathBuf> {
    env::var_os("MKINITCPIO")
        .filter(|directory| !directory.is_empty())
        .map(PathBuf::from)
}
