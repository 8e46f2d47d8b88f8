//! A claim as text for people: the lines of the kernel log and of a dry run.

use std::fmt::Write;
use std::time::Duration;

use ::log::Level;

use crate::act::Claimed;
use crate::config::Mode;
use crate::escape::escaped;
use crate::pci::DriverName;
use crate::plan::{IommuVerdict, Outcome, OutcomeKind, Place, Plan, Reason, Warning};

/// What the kernel takes from one program in five seconds.
const LINES: usize = 10;

/// As many of them may be used up before the claim; the rest waits for the end.
const FIRST: usize = 4;

/// Logs, before anything is done, what may leave the machine without a screen, a keyboard or a disk.
pub fn log_first(plan: &Plan) {
    for warning in first(plan) {
        // As an error: a quiet boot shows nothing less on the screen, and this may be the last that it shows.
        let line = warning.message(plan.place);
        ::log::error!(target: "vfio-early", "{line}");
    }
}

/// The warnings that come first; none where nothing is done.
fn first(plan: &Plan) -> Vec<&Warning> {
    if plan.mode != Mode::Claim {
        return Vec::new();
    }
    let grave = |warning: &&Warning| warning.reason.comes_first();
    plan.warnings.iter().filter(grave).take(FIRST).collect()
}

/// Logs the summary and then what matters most; what does not fit into ten lines is in the report.
pub fn log_outcomes(claimed: &Claimed, elapsed: Duration) {
    let Claimed {
        plan,
        outcomes,
        warnings,
    } = claimed;
    let (first, place) = (first(plan), plan.place);
    let mut lines = vec![summary(claimed, elapsed)];
    lines.extend(
        outcomes
            .iter()
            .filter(|outcome| outcome.is_loss())
            .map(|outcome| (Level::Error, outcome_line(outcome, place))),
    );
    lines.extend(
        warnings
            .iter()
            .filter(|warning| !first.contains(warning))
            .map(|warning| (level(warning), warning.message(place))),
    );
    lines.extend(
        outcomes
            .iter()
            .filter(|outcome| !outcome.is_loss())
            .map(|outcome| (Level::Info, outcome_line(outcome, place))),
    );
    lines.retain(|(level, _)| *level <= plan.log);
    let room = LINES.saturating_sub(first.len());
    let over = lines.len().saturating_sub(room);
    if over > 0 {
        lines.truncate(room.saturating_sub(1));
        lines.push((
            Level::Info,
            format!("{} more lines are in the report", over + 1),
        ));
    }
    for (level, line) in lines {
        ::log::log!(target: "vfio-early", level, "{line}");
    }
}

/// A warning that means a loss is an error.
fn level(warning: &Warning) -> Level {
    if warning.reason.is_loss() {
        Level::Error
    } else {
        Level::Warn
    }
}

fn summary(claimed: &Claimed, elapsed: Duration) -> (Level, String) {
    let Claimed {
        plan,
        outcomes,
        warnings,
    } = claimed;
    let kept = |outcome: &&Outcome| {
        let held = outcome.kind == OutcomeKind::Held;
        held || outcome.reason.as_ref().is_some_and(Reason::is_requested)
    };
    let asked = outcomes.len() - outcomes.iter().filter(kept).count();
    let lost = outcomes.iter().filter(|outcome| outcome.is_loss()).count();
    let done = if plan.mode == Mode::DryRun {
        "dry run, nothing changed: would claim"
    } else {
        "claimed"
    };
    let mut text = format!("{done} {} of {}", asked - lost, count(asked, "device"));
    let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    let _ = write!(
        text,
        " in {}.{:03} ms",
        microseconds / 1000,
        microseconds % 1000
    );
    if !warnings.is_empty() {
        let _ = write!(text, ", {}", count(warnings.len(), "warning"));
    }
    let satisfied = claimed.is_satisfied();
    (if satisfied { Level::Info } else { Level::Error }, text)
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What became of one device, in one line.
fn outcome_line(outcome: &Outcome, place: Place) -> String {
    let device = &outcome.entry.device;
    let mut text = format!(
        "{} ({}) {}",
        device.address,
        device.id,
        outcome.kind.as_str()
    );
    match (&outcome.reason, outcome.kind) {
        (Some(reason), _) => {
            let _ = write!(text, ": {}", reason.message(place));
        }
        (None, OutcomeKind::Planned) => {
            let _ = write!(text, " for {}", outcome.driver);
        }
        (None, OutcomeKind::Held) => text += ": no driver gets it",
        (None, _) => {
            let _ = write!(text, " by {}", outcome.driver);
        }
    }
    text + &outcome.company()
}

/// The plan for a person: the IOMMU, a line for each device, a line for each warning.
pub fn plan_lines(claimed: &Claimed) -> String {
    let Claimed {
        plan,
        outcomes,
        warnings,
    } = claimed;
    let mut text = String::new();
    let off = plan.mode == Mode::Off;
    if off {
        text.push_str("mode=off: nothing is claimed\n");
    } else {
        let _ = writeln!(text, "{}", iommu_line(&plan.iommu));
        for outcome in outcomes {
            let _ = writeln!(text, "{}", plan_line(outcome, plan.place));
        }
    }
    // With the mode off only what was written counts, not what would come of it.
    let counts = |warning: &&Warning| !off || matches!(warning.reason, Reason::Problem(_));
    for warning in warnings.iter().filter(counts) {
        let _ = writeln!(
            text,
            "warning {}: {}",
            warning.reason.code(),
            escaped(&warning.message(plan.place))
        );
    }
    text
}

/// Whose IOMMU it is and whether it is used: `iommu intel enabled, interrupts remapped`.
pub fn iommu_line(iommu: &IommuVerdict) -> String {
    let kind = iommu.kind.map_or("", |kind| kind.as_str());
    let remapping = match iommu.interrupt_remapping {
        Some(true) => ", interrupts remapped",
        Some(false) => ", interrupts not remapped",
        None if iommu.loads.is_empty() => "",
        None => ", its driver is loaded before the claim",
    };
    let words = ["iommu", kind, iommu.state().as_str()];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    format!("{}{remapping}", words.join(" "))
}

fn plan_line(outcome: &Outcome, place: Place) -> String {
    let entry = &outcome.entry;
    let device = &entry.device;
    let before = device.driver.as_ref().map_or("-", DriverName::as_str);
    let group = device
        .group
        .map_or_else(|| "-".to_owned(), |group| group.to_string());
    let mut line = format!(
        "{} {} {} class {} group {group} {before} -> {}, by {} ({})",
        outcome.kind.as_str(),
        device.address,
        device.id,
        device.class,
        entry.driver,
        entry.requested.text,
        entry.requested.origin,
    );
    line += &outcome.company();
    if let Some(reason) = &outcome.reason {
        let _ = write!(line, "; {}: {}", reason.code(), reason.message(place));
    }
    escaped(&line)
}
