//! `vfio-early claim --added ADDRESS`: what the udev rule runs for a device that came after the boot's claim.

use std::process::ExitCode;
use std::time::Duration;

use super::commands::source;
use super::trial::has_failed;
use crate::act::{self, Scope, make_virtual};
use crate::cli::UNSATISFIED;
use crate::config::{self, BootNeeds, Mode, Problem, Request};
use crate::machine::{Bus, Machine};
use crate::pci::Address;
use crate::plan::{Decision, Plan, Reason};
use crate::report::{Clock, Report, Sink, log_first, log_outcomes, start};
use crate::sys::{ReportStore, Root};

/// How often a device is looked at that is in use, and the pause before the next look.
const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Claims the device at `address`, or makes its virtual functions and claims those, if `request` names it; else logs and
/// does nothing.
pub(super) fn run(root: &Root, address: Address) -> ExitCode {
    let clock = Clock::start();
    let mut request = config::read(root);
    if !request.names_devices() || request.mode == Mode::Off {
        return ExitCode::SUCCESS;
    }
    // What it uses now is known better than what it needs to boot.
    request.needs = BootNeeds::default();
    request.running = true;
    if has_failed(root) {
        request.problems.push(Problem::TrialFailed);
    }
    start(root, Sink::Kernel, request.log);
    match carry_out(root, &request, address, clock) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(UNSATISFIED),
        Err(error) => {
            log::error!(target: "vfio-early", "{address} came and is not claimed: {error}");
            ExitCode::from(UNSATISFIED)
        }
    }
}

/// Whether everything asked for is ours.
fn carry_out(
    root: &Root,
    request: &Request,
    address: Address,
    clock: Clock,
) -> Result<bool, String> {
    let bus = Bus::read(root, request).map_err(|error| error.to_string())?;
    let machine = Machine {
        bus,
        ..Machine::default()
    };
    if Plan::of_added(request, &machine, &[address])
        .entries
        .is_empty()
    {
        return Ok(true);
    }
    // One after the other: the report is read, and written anew.
    let store = root.lock_report().map_err(|error| error.to_string())?;
    claim(root, &store, request, &[address], clock)
}

/// Claims what `added` has, and the virtual functions that are made of it.
fn claim(
    root: &Root,
    store: &ReportStore<'_>,
    request: &Request,
    added: &[Address],
    clock: Clock,
) -> Result<bool, String> {
    let machine = at_rest(root, request, added)?;
    // The process that claimed them has reported it.
    if Plan::of_added(request, &machine, added)
        .entries
        .iter()
        .all(|entry| entry.decision == Decision::Already)
    {
        return Ok(true);
    }
    let scope = Scope::Added(added);
    let mut claimed = act::claim(root, request, machine, scope, &log_first);
    if request.mode == Mode::Claim
        && let [_] = added
    {
        let made = make_virtual(root, &mut claimed.outcomes);
        if !made.is_empty() {
            return claim(root, store, request, &[added, &made].concat(), clock);
        }
    }
    let times = clock.times();
    let stored = add(root, store, Report::new(&claimed, times));
    if let Err(error) = &stored {
        let error = error.clone();
        let failed = Reason::ReportFailed { error };
        claimed.warnings.insert(0, failed.into());
    }
    log_outcomes(&claimed, times.elapsed);
    Ok(claimed.is_satisfied() && stored.is_ok())
}

/// The machine once no program, such as udev, has open what is in `added` because it is new, or as it is after some time.
fn at_rest(root: &Root, request: &Request, added: &[Address]) -> Result<Machine, String> {
    let mut looks = 0;
    loop {
        let machine = source::running(root, request, "claim")?;
        let plan = Plan::of_added(request, &machine, added);
        let in_use = plan
            .entries
            .iter()
            .any(|entry| matches!(entry.decision, Decision::Refuse(Reason::InUse { .. })));
        if looks == LOOKS || !in_use {
            return Ok(machine);
        }
        looks += 1;
        std::thread::sleep(PAUSE);
    }
}

/// Adds what became of the device to the report of the boot. One that cannot be read is left as it is.
fn add(root: &Root, store: &ReportStore<'_>, later: Report) -> Result<(), String> {
    let report = match Report::read(root)? {
        Some(mut report) => {
            report.add(later);
            report
        }
        None => later,
    };
    store
        .store(&report.to_json())
        .map_err(|error| error.to_string())
}
