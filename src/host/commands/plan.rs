//! `vfio-early plan`: what the next boot would do.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print};
use crate::act::Claimed;
use crate::config::{Mode, Request};
use crate::host::snapshot::{HostSnapshot, Source};
use crate::machine::Machine;
use crate::plan;
use crate::report::{Report, Times, plan_lines};
use crate::sys::Root;

/// Print what the next boot would claim and refuse: this machine's devices, the command line and the configuration.
#[derive(FromArgs)]
#[argh(subcommand, name = "plan")]
pub(super) struct Plan {
    /// with this kernel command line instead of the running one
    #[argh(option)]
    cmdline: Option<String>,
    /// as JSON, in the form of the report
    #[argh(switch)]
    json: bool,
    /// for the machine in this file: a machine table, or saved output of lspci -nnvvk; with --cmdline
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl Plan {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let source = Source {
            root,
            command: "plan",
            cmdline: self.cmdline.as_deref(),
            file: self.machine.as_deref(),
        };
        let asked = match source.asked_after_trial() {
            Ok(asked) => asked,
            Err(status) => return status,
        };
        if asked.request.is_silent() && !self.json {
            return print(
                "nothing is asked for: no vfio-early.ids on the command line or in the configuration\n",
            );
        }
        let snapshot = match HostSnapshot::with_next_boot(&source, asked, None) {
            Ok(snapshot) => snapshot,
            Err(status) => return status,
        };
        snapshot.print_doubts();
        let machine = snapshot.next_boot(&snapshot.request);
        let mut request = snapshot.request;
        if request.mode == Mode::Claim {
            request.mode = Mode::DryRun;
        }
        let satisfied = self.print(&request, &machine);
        ExitCode::from(if satisfied { 0 } else { UNSATISFIED })
    }

    /// Prints the plan; whether everything asked for would be ours.
    fn print(&self, request: &Request, machine: &Machine) -> bool {
        let claimed = Claimed::planned(plan::Plan::new(request, machine));
        if self.json {
            json(&Report::new(&claimed, Times::default()));
        } else {
            print(&plan_lines(&claimed));
        }
        request.mode == Mode::Off || claimed.is_satisfied()
    }
}
