//! `vfio-early bind`: the claim on the running host.

use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error, print_json, refuse_others, source, usage};
use crate::act::{self, Scope};
use crate::config::{Mode, Request};
use crate::host::request;
use crate::machine::Machine;
use crate::plan::Warning;
use crate::report::{Clock, Report, ReportDevice, Sink, Times, plan_lines, start};
use crate::sys::{Root, uninterrupted};

/// Claim devices now, with the host running: none that the system uses, and none is left half done.
#[derive(FromArgs)]
#[argh(subcommand, name = "bind")]
pub(super) struct Bind {
    /// what to claim: 10de:1200, 03:00.0, 03:00.0+group, ...
    #[argh(positional)]
    selectors: Vec<String>,
    /// the driver to give: auto, vfio-pci, pci-stub, a name; NAME@SELECTOR for some of the devices
    #[argh(option)]
    driver: Vec<String>,
    /// how far the claim reaches: listed, or whole for the IOMMU groups
    #[argh(option)]
    group: Vec<String>,
    /// a guard to override: boot-disk, network, display, input, iommu, all; GUARD@SELECTOR for some of the devices
    #[argh(option)]
    force: Vec<String>,
    /// how many milliseconds a driver has to let go
    #[argh(option)]
    timeout: Vec<String>,
    /// print what would be done and change nothing
    #[argh(switch)]
    dry_run: bool,
    /// print JSON, in the form of the report
    #[argh(switch)]
    json: bool,
}

impl Bind {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let request = match self.request(root) {
            Ok(request) => request,
            Err(error) => return usage(&format!("bind: {error}")),
        };
        let others = refuse_others(root, "bind").filter(|_| !self.dry_run);
        if let Some(status) = others {
            return status;
        }
        start(root, Sink::Stderr, request.log);
        match source::running(root, &request, "bind") {
            Ok(machine) => uninterrupted(|| self.carry_out(root, &request, machine)),
            Err(error) => print_error(&format!("bind: {error}; nothing is done"), UNSATISFIED),
        }
    }

    fn request(&self, root: &Root) -> Result<Request, String> {
        if self.selectors.is_empty() {
            return Err("which device? see vfio-early bind --help".to_owned());
        }
        let options = [
            ("driver", self.driver.as_slice()),
            ("group", &self.group),
            ("force", &self.force),
            ("timeout", &self.timeout),
        ];
        let mut request = request::running(root, &self.selectors, &options)?;
        if self.dry_run {
            request.mode = Mode::DryRun;
        }
        Ok(request)
    }

    /// Makes the plan, carries it out unless this is a dry run, and reports.
    fn carry_out(&self, root: &Root, request: &Request, machine: Machine) -> ExitCode {
        let clock = Clock::start();
        let claimed = act::claim(root, request, machine, Scope::All, &|plan| {
            let first = |warning: &&Warning| warning.reason.comes_first();
            for warning in plan.warnings.iter().filter(first) {
                print_error(&warning.message(plan.place), 0);
            }
        });
        let times = if self.dry_run {
            Times::default()
        } else {
            clock.times()
        };
        let report = Report::new(&claimed, times);
        if self.json {
            print_json(&String::from_utf8_lossy(&report.to_json()));
        } else {
            print(&plan_lines(&claimed));
        }
        let stored = self.dry_run || store(root, report);
        // What is excluded was asked for all the same, if it was all.
        let some = claimed
            .outcomes
            .iter()
            .any(|outcome| outcome.kind.is_ours());
        let satisfied = some && claimed.is_satisfied() && stored;
        ExitCode::from(if satisfied { 0 } else { UNSATISFIED })
    }
}

/// Adds what is ours now to the report of the boot; whether that is so.
fn store(root: &Root, report: Report) -> bool {
    if !report.devices.iter().any(ReportDevice::is_ours) {
        return true;
    }
    // A device that comes meanwhile is added to it as well.
    let store = root.lock_report();
    let stored = Report::read(root).unwrap_or_else(|error| {
        print_error(&format!("bind: {error}; it is replaced"), 0);
        None
    });
    let report = Report::with_bound(stored, report);
    match store.and_then(|store| store.store(&report.to_json())) {
        Ok(()) => true,
        Err(error) => {
            print_error(&format!("bind: the report is lost: {error}"), UNSATISFIED);
            false
        }
    }
}
