//! `vfio-early confirm`: ends the trial of the claim that this boot made.

use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error};
use crate::config::Problem;
use crate::host::trial::{TrialState, confirm};
use crate::report::Report;
use crate::sys::Root;

/// End the trial that vfio-early enable started: every boot makes the claim from now on.
#[derive(FromArgs)]
#[argh(subcommand, name = "confirm")]
pub(super) struct Confirm {
    /// leave a trial that is to be ended by hand; for vfio-early-confirm.service
    #[argh(switch)]
    automatic: bool,
}

impl Confirm {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let report = match Report::read(root) {
            Ok(report) => report,
            Err(error) => return print_error(&format!("confirm: {error}"), UNSATISFIED),
        };
        match (TrialState::read(root, report.as_ref()), report) {
            (Some(TrialState::Running { by_hand: true }), _) if self.automatic => print(
                "this boot is on trial; the claim takes the display, so only vfio-early confirm, run by hand, ends it\n",
            ),
            (Some(TrialState::Running { .. }), Some(report)) => end(root, report),
            (None | Some(TrialState::Running { .. }), _) => print("no claim is on trial\n"),
            (Some(TrialState::Passed), _) => print("the trial was passed before\n"),
            (Some(TrialState::Next), _) => {
                self.refuse("the next boot makes the claim that is on trial, and this one did not")
            }
            (Some(TrialState::Failed), _) => self.refuse(&Problem::TrialFailed.message()),
        }
    }

    /// The unit has nothing to do then, and does not fail.
    fn refuse(&self, why: &str) -> ExitCode {
        let status = if self.automatic { 0 } else { UNSATISFIED };
        print_error(&format!("confirm: {why}"), status)
    }
}

fn end(root: &Root, report: Report) -> ExitCode {
    match confirm(root, report) {
        Ok(()) => print("the trial is passed: every boot makes this claim from now on\n"),
        Err(error) => {
            let text = format!("confirm: {error}; the claim stays on trial");
            print_error(&text, UNSATISFIED)
        }
    }
}
