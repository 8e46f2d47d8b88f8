//! `vfio-early cleanup`: what packages run before they remove the program.

use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print_error};
use crate::host::enable::step::Step;
use crate::host::menu_entry::MenuEntryStep;
use crate::host::trial;
use crate::sys::Root;

/// Delete what is of no use without the program: the variable of a trial and the second boot entry; settings stay.
#[derive(FromArgs)]
#[argh(subcommand, name = "cleanup")]
pub(super) struct Cleanup {}

impl Cleanup {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let trial = trial::delete(root).map_err(|error| error.to_string());
        let entry = MenuEntryStep::removing(root);
        let entry = entry.and_then(|step| step.map_or(Ok(()), |step| step.apply(root)));
        let mut status = ExitCode::SUCCESS;
        for error in [trial.err(), entry.err()].into_iter().flatten() {
            status = print_error(&format!("cleanup: {error}"), UNSATISFIED);
        }
        status
    }
}
