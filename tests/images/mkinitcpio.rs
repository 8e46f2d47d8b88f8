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
    let copied = root.copy(&format!("mkinitcpio-{flavour:?}").to_lowercase());
    run(Command::new("make")
        .args(["--silent", "install", "GENERATORS=mkinitcpio"])
        .arg(format!("DESTDIR={}", copied.path("").display()))
        .current_dir(source("")));
    let tests = copied.path("test/mkinitcpio");
    fs::create_dir_all(tests.parent().unwrap()).unwrap();
    run(Command::new("cp")
        .arg("-r")
        .arg(source("tests/images/mkinitcpio"))
        .arg(&tests));
    let (script, hooks): (_, &[&str]) = match (checkout(), flavour) {
        (Some(directory), flavour) => {
            run(Command::new("cp")
                .arg("-r")
                .arg(directory)
                .arg(tests.join("mkinitcpio")));
            let hooks: &[&str] = match flavour {
                Flavour::Busybox => &["base", "vfio-early", "udev"],
                Flavour::Systemd => &["systemd", "vfio-early"],
            };
            ("checkout", hooks)
        }
        (None, Flavour::Busybox) => ("runner", &["vfio-early", "udev"]),
        (None, Flavour::Systemd) => {
            panic!(
                "MKINITCPIO names no checkout of mkinitcpio, which alone makes images with systemd"
            )
        }
    };
    let image = "/boot/mkinitcpio.img";
    let script = format!("/test/mkinitcpio/{script}");
    let release = root.kernel.release();
    // The hardest case: a host driver that is loaded before udev triggers anything.
    let command = ["env", "MODULES=e1000e", &script, &release, image];
    copied.enter(&[&command[..], hooks].concat());
    copied.path(image)
}

/// The checkout of mkinitcpio, if there is one.
fn checkout() -> Option<PathBuf> {
    env::var_os("MKINITCPIO")
        .filter(|directory| !directory.is_empty())
        .map(PathBuf::from)
}
