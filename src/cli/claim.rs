//! `vfio-early claim`: what the hooks of an image run.
//!
//! *Reads and writes*, through the rooms it calls. Source of truth: vfio-early(8), which is ours.
//! To add one: a switch is a field of [`Claim`], a row in the man page.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use argh::FromArgs;
use nix::time::{ClockId, clock_gettime};

use super::added;
use crate::act::{apply, with_iommu};
use crate::ask::{self, Mode, Request};
use crate::machine::Machine;
use crate::pci::Address;
use crate::plan::{Plan, Reason};
use crate::root::Root;
use crate::tell::{Report, Sink, Times, announce, announce_first, plan_lines, start};

/// Claim the devices that the kernel command line and /etc/vfio-early.conf name.
#[derive(Default, FromArgs)]
#[argh(subcommand, name = "claim")]
pub(super) struct Claim {
    /// print what would be done, one line a device, and change nothing
    #[argh(switch)]
    dry_run: bool,
    /// claim only the device at this address, which came after the boot; for the udev rule
    #[argh(option)]
    added: Option<Address>,
}

impl Claim {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let clock = Clock::start();
        let mut request = ask::read(root);
        if let Some(address) = self.added {
            return added::run(root, request, address, clock);
        }
        if request.is_silent() {
            return ExitCode::SUCCESS;
        }
        start(
            root,
            if self.dry_run {
                Sink::Stderr
            } else {
                Sink::Kernel
            },
            request.log,
        );
        if request.mode == Mode::Off {
            log::info!(target: "vfio-early", "mode=off: nothing is claimed");
            return ExitCode::SUCCESS;
        }
        if self.dry_run {
            request.mode = Mode::DryRun;
        }
        let machine = Machine::read(root, &request).unwrap_or_else(|error| {
            request.problems.push(Reason::Unreadable {
                error: error.to_string(),
            });
            Machine::default()
        });
        let satisfied = self.carry_out(root, &request, machine, clock);
        if satisfied {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(super::LOST)
        }
    }

    /// Makes the plan, carries it out unless this is a dry run, and tells; whether everything asked for is ours.
    fn carry_out(&self, root: &Root, request: &Request, machine: Machine, clock: Clock) -> bool {
        let (machine, before) = match request.mode {
            Mode::Claim => with_iommu(root, request, machine),
            Mode::DryRun | Mode::Off => (machine, Vec::new()),
        };
        let plan = Plan::new(request, &machine);
        let (outcomes, after) = match request.mode {
            Mode::Claim => {
                announce_first(&plan);
                apply(root, &plan)
            }
            Mode::DryRun | Mode::Off => (plan.outcomes(), Vec::new()),
        };
        let mut warnings = [plan.warnings_after(&outcomes), before, after].concat();
        let satisfied = plan.is_satisfied(&outcomes);
        if self.dry_run {
            super::say(&plan_lines(request, &plan, &outcomes, &warnings));
            return satisfied;
        }
        let times = clock.times();
        let stored = root.store_report(&Report::new(&plan, &outcomes, &warnings, times).to_json());
        if let Err(error) = &stored {
            let error = error.to_string();
            warnings.insert(0, Reason::ReportFailed { error }.into());
        }
        announce(&plan, &outcomes, &warnings, times.elapsed);
        satisfied && stored.is_ok()
    }
}

/// When the claim began.
#[derive(Clone, Copy)]
pub(super) struct Clock(Duration, Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(boot_time(), Instant::now())
    }

    /// The same, and how long it has taken.
    pub(super) fn times(self) -> Times {
        Times {
            started: self.0,
            elapsed: self.1.elapsed(),
        }
    }
}

/// CLOCK_BOOTTIME, zero where the kernel has none.
pub(super) fn boot_time() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map(Duration::from)
        .unwrap_or_default()
}
