//! `vfio-early import`: the settings of other tools, as a configuration of ours.

use std::process::ExitCode;

use argh::FromArgs;

use crate::host::import::{ImportJson, configuration, read};
use crate::sys::Root;

/// Print the settings of other tools that are about devices as a commented vfio-early.conf, with what is not carried
/// over; exit 2 if anything is not.
#[derive(FromArgs)]
#[argh(subcommand, name = "import")]
pub(super) struct ImportCommand {
    /// print JSON
    #[argh(switch)]
    json: bool,
}

impl ImportCommand {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let import = read(root);
        if self.json {
            super::json(&ImportJson::new(&import));
        } else {
            super::print(&configuration(&import.olds));
            for error in &import.unread {
                let text = format!("import: {error}; what stands there is not carried over");
                super::print_error(&text, 0);
            }
        }
        ExitCode::from(if import.is_complete() {
            0
        } else {
            super::UNSATISFIED
        })
    }
}
