//! `vfio-early plan`: what the next boot would do.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, print_error, source};
use crate::act::Claimed;
use crate::config::{Mode, Request};
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
        let mut request = match source::request(
            root,
            "plan",
            self.cmdline.as_deref(),
            self.machine.as_deref(),
        ) {
            Ok(request) => request,
            Err(status) => return status,
        };
        if request.is_silent() {
            return print(
                "nothing is asked for: no vfio-early.ids on the command line or in the configuration\n",
            );
        }
        let machine = match source::next_boot(root, self.machine.as_deref(), &request) {
            Ok(machine) => machine,
            Err(error) => return print_error(&format!("plan: {error}"), UNSATISFIED),
        };
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
