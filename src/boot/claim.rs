//! `vfio-early claim`: what the hooks of an image run.

use std::process::ExitCode;

use super::driver_ids::{keep_ids_off, limits_ids};
use super::trial;
use crate::act::{self, Scope};
use crate::cli::{self, UNSATISFIED};
use crate::config::{self, Mode, Problem, Request};
use crate::machine::Machine;
use crate::plan::Reason;
use crate::report::{Clock, Report, Sink, log_first, log_outcomes, plan_lines, start};
use crate::sys::Root;

/// Claims what the kernel command line and the configuration below `root` name. A dry run prints the plan instead, one
/// line a device, and changes nothing.
pub fn run(root: &Root, dry_run: bool) -> ExitCode {
    let clock = Clock::start();
    let mut request = config::read(root);
    let silent = request.is_silent();
    let keeps_off = !dry_run && (silent || request.mode == Mode::Off) && limits_ids(root, &request);
    if silent && !keeps_off {
        return ExitCode::SUCCESS;
    }
    let sink = if dry_run { Sink::Stderr } else { Sink::Kernel };
    start(root, sink, request.log);
    if keeps_off {
        keep_ids_off(root, &request);
    }
    if silent && request.mode != Mode::Off {
        return ExitCode::SUCCESS;
    }
    if request.mode == Mode::Off {
        return log_off(&request);
    }
    if dry_run {
        request.mode = Mode::DryRun;
    }
    if request.mode == Mode::Claim {
        request.problems.extend(trial::count_down(root));
        if request.forbids_claims().is_some() && limits_ids(root, &request) {
            keep_ids_off(root, &request);
        }
    }
    let machine = Machine::read(root, &request).unwrap_or_else(|error| {
        request.problems.push(Problem::Unreadable {
            error: error.to_string(),
        });
        Machine::default()
    });
    if carry_out(root, &request, machine, dry_run, clock) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNSATISFIED)
    }
}

/// Logs that nothing is claimed, and what is wrong with the configuration. What could not be read may have asked for
/// something else.
fn log_off(request: &Request) -> ExitCode {
    log::info!(target: "vfio-early", "mode=off: nothing is claimed");
    // The kernel takes ten lines.
    for problem in request.problems.iter().take(9) {
        log::warn!(target: "vfio-early", "{}", problem.message());
    }
    if request.forbids_claims().is_some() {
        ExitCode::from(UNSATISFIED)
    } else {
        ExitCode::SUCCESS
    }
}

/// Makes the claim and reports it; whether everything asked for is ours.
fn carry_out(
    root: &Root,
    request: &Request,
    machine: Machine,
    dry_run: bool,
    clock: Clock,
) -> bool {
    let mut claimed = act::claim(root, request, machine, Scope::All, &log_first);
    let satisfied = claimed.is_satisfied();
    if dry_run {
        cli::print(&plan_lines(&claimed));
        return satisfied;
    }
    let times = clock.times();
    let stored = root.store_report(&Report::new(&claimed, times).to_json());
    if let Err(error) = &stored {
        let error = error.to_string();
        let failed = Reason::ReportFailed { error };
        claimed.warnings.insert(0, failed.into());
    }
    log_outcomes(&claimed, times.elapsed);
    satisfied && stored.is_ok()
}
