//! `vfio-early menu-entry`: what boot loaders' own hooks run for the second boot entry.

use std::io::{Read, stdin};
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print_error, usage};
use crate::cli::print_bytes;
use crate::host::menu_entry::{MenuEntryStep, of_grub};
use crate::sys::Root;

/// Make the second boot entry anew, which vfio-early enable --menu-entry adds; for the hooks of boot loaders.
#[derive(FromArgs)]
#[argh(subcommand, name = "menu-entry")]
pub(super) struct MenuEntry {
    /// read a part of GRUB's configuration from standard input, and print the entry
    #[argh(switch)]
    grub: bool,
    /// make the copied entries of the Boot Loader Specification anew, where there are any
    #[argh(switch)]
    update: bool,
}

impl MenuEntry {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        match (self.grub, self.update) {
            (true, false) => grub(),
            (false, true) => update(root),
            _ => usage("menu-entry: either --grub or --update; see vfio-early menu-entry --help"),
        }
    }
}

/// The most bytes of a configuration of GRUB that are read.
const LIMIT: u64 = 1 << 20;

fn grub() -> ExitCode {
    let mut config = Vec::new();
    if let Err(error) = stdin().lock().take(LIMIT).read_to_end(&mut config) {
        return failed(&format!("cannot read standard input: {error}"));
    }
    match of_grub(&config) {
        Some(entry) => print_bytes(entry.as_bytes()),
        None => failed("no entry of GRUB starts a kernel, so there is none to copy"),
    }
}

fn update(root: &Root) -> ExitCode {
    let updated = MenuEntryStep::updating(root).and_then(|step| step.write_files(root));
    match updated {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &str) -> ExitCode {
    print_error(&format!("menu-entry: {error}"), UNSATISFIED)
}
