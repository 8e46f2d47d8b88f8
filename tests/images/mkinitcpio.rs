//! mkinitcpio, which no suite of Debian has: the environment variable `MKINITCPIO` names a checkout of it. Without one,
//! `mkinitcpio/runner` stands in, which follows mkinitcpio(8).
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
    /// busybox, our hook first in HOOKS.
    Busybox,
    /// busybox, our hook last in HOOKS.
    Last,
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

/// Makes an image in a copy of this root, with us in it if we are installed there.
pub(crate) fn make(root: &Root, flavour: Flavour) -> PathBuf {
    let ours = root.path("usr/bin/vfio-early").exists();
    let stock = if ours { "" } else { "-stock" };
    let root = root.copy(&format!("mkinitcpio-{flavour:?}{stock}").to_lowercase());
    if ours {
        run(Command::new("make")
            .args(["--silent", "install", "GENERATORS=mkinitcpio"])
            .arg(format!("DESTDIR={}", root.path("").display()))
            .current_dir(source("")));
    }
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
    // The stand-in has the base in it.
    let base = checkout().map_or("", |_| "base");
    let hooks = match flavour {
        Flavour::Busybox => [base, "vfio-early", "udev"],
        Flavour::Last => [base, "udev", "vfio-early"],
        Flavour::Systemd => ["", "systemd", "vfio-early"],
    };
    let hooks: Vec<&str> = hooks
        .into_iter()
        .filter(|hook| !hook.is_empty() && (ours || *hook != "vfio-early"))
        .collect();
    assert!(
        flavour != Flavour::Systemd || checkout().is_some(),
        "MKINITCPIO names no checkout of mkinitcpio"
    );
    let image = "/boot/mkinitcpio.img";
    let release = root.kernel.release();
    // The hardest case: a host driver that is loaded before udev triggers anything.
    let command = ["env", "MODULES=e1000e", script, &release, image];
    root.enter(&[&command[..], &hooks].concat());
    root.path(image)
}

/// The checkout of mkinitcpio, if there is one.
fn checkout() -> Option<PathBuf> {
    env::var_os("MKINITCPIO")
        .filter(|directory| !directory.is_empty())
        .map(PathBuf::from)
}
