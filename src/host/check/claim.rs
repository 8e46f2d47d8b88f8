//! What is asked for, what the next boot makes of it, and whether it is so already.
//!
//! Source: the plan of the next boot and the report of the last one.

use super::Findings;
use super::Mark::{Missing, Ok, Unknown, Warn};
use super::setup::HostSetup;
use crate::config::{Mode, Problem};
use crate::host::snapshot::HostSnapshot;
use crate::host::status::device_status::{DeviceState, DeviceStatus};
use crate::host::trial::TrialState;
use crate::plan::{About, Outcome, OutcomeKind, Reason, mode_name};

pub(super) fn look(snapshot: &HostSnapshot<'_>, setup: Option<&HostSetup>, list: &mut Findings) {
    asked(snapshot, list);
    trial(setup, list);
    let outcomes = snapshot.planned().plan.outcomes();
    warnings(snapshot, &outcomes, list);
    if snapshot.request.mode == Mode::Claim {
        for outcome in &outcomes {
            device(snapshot, outcome, list);
        }
    }
}

/// Words for several things, with blanks between them.
fn words<T: ToString>(things: impl Iterator<Item = T>) -> String {
    let words: Vec<String> = things.map(|thing| thing.to_string()).collect();
    words.join(" ")
}

fn asked(snapshot: &HostSnapshot<'_>, list: &mut Findings) {
    let topic = "asked";
    for one in &snapshot.planned().plan.matches {
        let (requested, addresses) = (&one.requested, &one.addresses);
        // One that matches nothing is a warning of the plan.
        if !addresses.is_empty() {
            let found = words(addresses.iter());
            list.put(
                Ok,
                topic,
                format_args!("{} ({}): {found}", requested.text, requested.origin),
            );
        }
    }
    if snapshot.request.selectors.is_empty() {
        let mark = if snapshot.is_of_host() {
            Missing
        } else {
            Unknown
        };
        list.put_fix(
            mark,
            topic,
            format_args!("no vfio-early.ids, neither on the kernel command line nor in /etc/vfio-early.conf"),
            format_args!("choose a device with vfio-early list, see vfio-early explain ADDRESS for what to write"),
        );
    }
    if snapshot.request.mode != Mode::Claim {
        let mode = mode_name(snapshot.request.mode);
        let fact = format_args!("vfio-early.mode={mode}: nothing is claimed");
        list.put_fix(
            Warn,
            topic,
            fact,
            format_args!("remove it when you are done with it"),
        );
    }
}

/// A trial that runs or was passed; one that failed is a warning of the plan.
fn trial(setup: Option<&HostSetup>, list: &mut Findings) {
    let Some(state) = setup.and_then(|setup| setup.trial) else {
        return;
    };
    match state {
        TrialState::Running { by_hand } => {
            let problem = Problem::OnTrial { by_hand };
            list.put_message(Warn, "trial", problem.fact(), problem.fix());
        }
        TrialState::Next | TrialState::Passed => list.put(Ok, "trial", format_args!("{state}")),
        TrialState::Failed => {}
    }
}

/// What is odd about the plan, but for what has a line of its own.
fn warnings(snapshot: &HostSnapshot<'_>, outcomes: &[Outcome], list: &mut Findings) {
    let mut grouped = false;
    for warning in &snapshot.planned().plan.warnings_after(outcomes) {
        let reason = &warning.reason;
        let of_group = reason.is_of_group();
        let mark = match reason {
            Reason::NoInterruptRemapping { .. } | Reason::AcsOverride { .. } => continue,
            // Of this machine that is the IOMMU, which has a line of its own; so have the files of modprobe.d.
            Reason::NotKnown { .. } if snapshot.is_of_host() => continue,
            Reason::Problem(Problem::IdsNotPassed { place })
                if place.starts_with("modprobe.d/") =>
            {
                continue;
            }
            Reason::NotKnown { .. } => Unknown,
            _ if reason.is_loss() => Missing,
            _ => Warn,
        };
        grouped |= of_group;
        let topic = if of_group { "groups" } else { "asked" };
        let fact = match &warning.about {
            About::Machine => reason.fact(),
            about => format!("{about}: {}", reason.fact()),
        };
        list.put_message(mark, topic, fact, reason.fix(snapshot.planned().plan.place));
    }
    let groups = snapshot.planned().plan.groups(outcomes);
    if !grouped && !groups.is_empty() {
        let numbers = words(groups.iter().map(|group| group.group));
        let held = outcomes
            .iter()
            .filter(|outcome| outcome.kind == OutcomeKind::Held);
        let held = words(held.map(|outcome| outcome.entry.device.address));
        let fact = if held.is_empty() {
            format!("what is asked for has IOMMU group {numbers} to itself")
        } else {
            format!(
                "a virtual machine can use IOMMU group {numbers}: of the rest, no driver gets {held}"
            )
        };
        list.put(Ok, "groups", format_args!("{fact}"));
    }
}

/// The state of one device; nothing for what has another line.
fn device(snapshot: &HostSnapshot<'_>, outcome: &Outcome, list: &mut Findings) {
    let device = &outcome.entry.device;
    let (address, id, topic) = (device.address, device.id, "device");
    if let Some(reason) = &outcome.reason {
        let listed = reason.is_requested()
            || matches!(
                reason,
                Reason::NoIommu { .. }
                    | Reason::ModuleMissing { .. }
                    | Reason::Problem(Problem::TrialFailed)
            );
        if !listed {
            list.put_message(
                Missing,
                topic,
                format!("{address} ({id}) will not be claimed: {}", reason.fact()),
                reason.fix(snapshot.planned().plan.place),
            );
        }
        return;
    }
    if !snapshot.is_of_host() {
        return;
    }
    let reported = snapshot
        .report
        .as_ref()
        .and_then(|report| report.device(address));
    let fact = DeviceStatus::new(
        address,
        reported,
        snapshot.machine.bus.get(address),
        Vec::new(),
    );
    let (mark, fix) = match fact.state {
        DeviceState::Ours | DeviceState::Held => {
            return list.put(Ok, topic, format_args!("{fact}"));
        }
        DeviceState::Refused | DeviceState::Failed => {
            (Missing, "see vfio-early explain with its address")
        }
        DeviceState::NoAnswer => (
            Missing,
            "switch the power of the machine off, a reboot is not enough",
        ),
        DeviceState::TakenBack => (Warn, "keep the driver that took it away, or reboot"),
        DeviceState::NotClaimed | DeviceState::Gone | DeviceState::Released => {
            (Warn, "reboot: the next boot claims it")
        }
    };
    list.put_fix(mark, topic, format_args!("{fact}"), format_args!("{fix}"));
}
