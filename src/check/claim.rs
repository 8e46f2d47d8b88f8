//! What is asked for, what the next boot makes of it, and whether it is so already.
//!
//! *Pure.* Source of truth: the plan of the next boot and the report of the last one.
//! To add one: a warning of the plan needs nothing; anything else is a function called in [`findings`].

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::{Finding, Known};
use crate::ask::Mode;
use crate::plan::{Outcome, Reason};
use crate::tell::{Standing, State};

pub(super) fn findings(known: &Known<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(asked(known));
    let outcomes = known.plan.outcomes();
    findings.extend(warnings(known, &outcomes));
    if known.request.mode == Mode::Claim {
        let devices = outcomes.iter().filter_map(|outcome| device(known, outcome));
        findings.extend(devices);
    }
    findings
}

fn asked(known: &Known<'_>) -> Vec<Finding> {
    let topic = "asked";
    let mut findings = Vec::new();
    for (ask, addresses) in &known.plan.matches {
        // One that matches nothing is a warning of the plan.
        if !addresses.is_empty() {
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let fact = format!("{} ({}): {}", ask.text, ask.origin, addresses.join(" "));
            findings.push(Finding::new(Ok, topic, fact));
        }
    }
    if known.request.asks.is_empty() {
        let fact =
            "no vfio-early.ids, neither on the kernel command line nor in /etc/vfio-early.conf";
        let fix = "choose a device with vfio-early list, see vfio-early explain ADDRESS for what to write";
        let mark = match known.here {
            Some(_) => Missing,
            None => Unknown,
        };
        findings.push(Finding::new(mark, topic, fact).fix(fix));
    }
    let mode = match known.request.mode {
        Mode::Claim => return findings,
        Mode::DryRun => "dry-run",
        Mode::Off => "off",
    };
    let fact = format!("vfio-early.mode={mode}: nothing is claimed");
    findings.push(Finding::new(Warn, topic, fact).fix("remove it when you are done with it"));
    findings
}

/// What is odd about the plan, but for what has a line of its own.
fn warnings(known: &Known<'_>, outcomes: &[Outcome<'_>]) -> Vec<Finding> {
    let warnings = known.plan.warnings_after(outcomes);
    let mut findings = Vec::new();
    let mut grouped = false;
    for warning in &warnings {
        let reason = &warning.reason;
        let topic = match reason {
            Reason::NoInterruptRemapping { .. } => continue,
            // Of this machine that is the IOMMU, which has a line of its own.
            Reason::NotKnown { .. } if known.here.is_some() => continue,
            Reason::IdsNotPassed { place } if place.starts_with("modprobe.d/") => continue,
            Reason::GroupBlocked { .. } | Reason::GroupShared { .. } => {
                grouped = true;
                "groups"
            }
            Reason::ReservedRegion { .. } => "groups",
            _ => "asked",
        };
        let mark = match reason {
            Reason::NotKnown { .. } => Unknown,
            _ if reason.is_loss() => Missing,
            _ => Warn,
        };
        findings.push(Finding::new(mark, topic, reason.to_string()));
    }
    let groups = known.plan.groups(outcomes);
    if !grouped && !groups.is_empty() {
        let numbers: Vec<String> = groups.iter().map(|group| group.group.to_string()).collect();
        let fact = format!(
            "what is asked for has IOMMU group {} to itself",
            numbers.join(", ")
        );
        findings.push(Finding::new(Ok, "groups", fact));
    }
    findings
}

/// How one device stands; `None` for what is told by another line.
fn device(known: &Known<'_>, outcome: &Outcome<'_>) -> Option<Finding> {
    let device = outcome.entry.device;
    let address = device.address;
    if let Some(reason) = &outcome.reason {
        let told = matches!(
            reason,
            Reason::Excluded { .. } | Reason::NoIommu { .. } | Reason::ModuleMissing { .. }
        );
        let fact = format!("{address} ({}) will not be claimed: {reason}", device.id);
        return (!told).then(|| Finding::new(Missing, "device", fact));
    }
    known.here?;
    let told = known.report.and_then(|report| report.device(address));
    let standing = Standing::new(address, told, known.machine.bus.get(address), Vec::new());
    let fact = standing.to_string();
    Some(match standing.state {
        State::Ours => Finding::new(Ok, "device", fact),
        State::Refused | State::Failed => {
            Finding::new(Missing, "device", fact).fix(format!("vfio-early explain {address}"))
        }
        State::TakenBack => Finding::new(Warn, "device", fact)
            .fix("keep away who took it, or start the machine anew"),
        State::NotClaimed | State::Gone | State::Released => Finding::new(Warn, "device", fact)
            .fix("start the machine anew: the next boot claims it"),
    })
}
