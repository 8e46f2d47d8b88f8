//! `vfio-early claim`: what the hooks of an image run.

use std::process::ExitCode;

use crate::act::{apply, with_iommu};
use crate::cli::{self, UNSATISFIED};
use crate::config::{self, Mode, Problem, Request};
use crate::machine::Machine;
use crate::plan::{Plan, Reason};
use crate::report::{Clock, Report, Sink, log_first, log_outcomes, plan_lines, start};
use crate::sys::Root;

/// Claims what the kernel command line and the configuration below `root` name. A dry run prints the plan instead, one
/// line a device, and changes nothing.
pub fn run(root: &Root, dry_run: bool) -> ExitCode {
    let clock = Clock::start();
    let mut request = config::read(root);
    if request.is_silent() {
        return ExitCode::SUCCESS;
    }
    let sink = if dry_run { Sink::Stderr } else { Sink::Kernel };
    start(root, sink, request.log);
    if request.mode == Mode::Off {
        log::info!(target: "vfio-early", "mode=off: nothing is claimed");
        return ExitCode::SUCCESS;
    }
    if dry_run {
        request.mode = Mode::DryRun;
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

/// Makes the plan, carries it out unless this is a dry run, and tells; whether everything asked for is ours.
fn carry_out(
    root: &Root,
    request: &Request,
    machine: Machine,
    dry_run: bool,
    clock: Clock,
) -> bool {
    let (machine, before) = match request.mode {
        Mode::Claim => with_iommu(root, request, machine),
        Mode::DryRun | Mode::Off => (machine, Vec::new()),
    };
    let plan = Plan::new(request, &machine);
    let (outcomes, after) = match request.mode {
        Mode::Claim => {
            log_first(&plan);
            apply(root, &plan)
        }
        Mode::DryRun | Mode::Off => (plan.outcomes(), Vec::new()),
    };
    let mut warnings = [plan.warnings_after(&outcomes), before, after].concat();
    let satisfied = plan.is_satisfied(&outcomes);
    if dry_run {
        cli::print(&plan_lines(request, &plan, &outcomes, &warnings));
        return satisfied;
    }
    let times = clock.times();
    let stored = root.store_report(&Report::new(&plan, &outcomes, &warnings, times).to_json());
    if let Err(error) = &stored {
        let error = error.to_string();
        warnings.insert(0, Reason::ReportFailed { error }.into());
    }
    log_outcomes(&plan, &outcomes, &warnings, times.elapsed);
    satisfied && stored.is_ok()
}
