//! Everything known and decided about one device, in the order in which it is read.

use super::description::{driver, functions, group, name_all, place, resets, what};
use super::kmsg::KernelLines;
use crate::host::advice::Advice;
use crate::host::list::facts::{Fact, Ours};
use crate::host::snapshot::HostSnapshot;
use crate::host::terminal::{Style, Terminal, plain};
use crate::pci::{Address, Device, DriverName};
use crate::plan::{Outcome, OutcomeKind, Plan, Warning};
use crate::report::Report;

/// A device and what the next boot does with it.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The device as it is now.
    pub device: &'a Device,
    /// The plan of the next boot; where the device is not requested, of one that requests it alone.
    pub plan: &'a Plan,
    /// Whether the device is requested.
    pub asked: bool,
    /// The records of the kernel log about it.
    pub kernel_log: KernelLines,
    /// The selector to write for it.
    pub advice: Advice,
}

impl Subject<'_> {
    pub(in crate::host) fn outcome(&self) -> Option<Outcome> {
        let mut outcomes = self.plan.outcomes().into_iter();
        outcomes.find(|outcome| outcome.entry.device.address == self.device.address)
    }

    /// The warnings that are about the device or its group.
    pub(in crate::host) fn warnings(&self) -> Vec<&Warning> {
        if self.asked {
            self.plan.warnings_about(self.device)
        } else {
            // The whole plan is about it.
            self.plan.warnings.iter().collect()
        }
    }
}

/// Explains a device to a person.
pub fn explain(snapshot: &HostSnapshot<'_>, subject: &Subject<'_>, look: &Terminal) -> String {
    let fact = Fact::of(snapshot, subject.device);
    let title = format!("{} {}", subject.device.address, subject.device.id);
    let mut text = look.paint(&[(title, Style::Bold)]) + "\n";
    let mut line = |label: &str, body: String, paint| {
        if !body.is_empty() {
            text += &look.beside(&[plain(format!("  {label:<10} "))], &[(body, paint)]);
        }
    };
    line("what", what(&fact, &snapshot.machine.unknown), Style::Plain);
    line("where", place(snapshot, subject.device), Style::Plain);
    line(
        "functions",
        functions(snapshot, subject.device),
        Style::Plain,
    );
    line("group", group(snapshot, subject.device), Style::Plain);
    line("driver", driver(&fact), Style::Plain);
    line("reset", resets(snapshot, subject.device), Style::Plain);
    let serial = subject.device.serial.map(|serial| serial.to_string());
    line("serial", serial.unwrap_or_default(), Style::Plain);
    line("asked", asked(subject), Style::Plain);
    let (fate, good) = fate(subject);
    line(
        if subject.asked {
            "next boot"
        } else {
            "if asked"
        },
        fate,
        if good { Style::Good } else { Style::Warn },
    );
    for warning in subject.warnings() {
        line(
            "but",
            format!(
                "{}: {}",
                warning.reason.code(),
                warning.message(subject.plan.place)
            ),
            Style::Warn,
        );
    }
    line(
        "last boot",
        last_boot(snapshot.report.as_ref(), subject.device.address),
        Style::Plain,
    );
    for (index, (line_text, paint)) in subject.kernel_log.lines().into_iter().enumerate() {
        line(if index == 0 { "kernel" } else { "" }, line_text, paint);
    }
    if !subject.asked {
        let others = subject.advice.others.iter();
        let others = others.filter_map(|address| snapshot.machine.bus.get(*address));
        line("also takes", name_all(snapshot, others), Style::Plain);
    }
    line("to do", to_do(&fact, subject), Style::Bold);
    text
}

fn asked(subject: &Subject<'_>) -> String {
    if !subject.asked {
        return "by nobody".to_owned();
    }
    let takes = |addresses: &[Address]| addresses.contains(&subject.device.address);
    let matches = subject
        .plan
        .matches
        .iter()
        .filter(|one| takes(&one.addresses));
    let selectors: Vec<String> = matches
        .map(|one| format!("by {} ({})", one.requested.text, one.requested.origin))
        .collect();
    selectors.join(", ")
}

/// What the next boot does with it, and whether that is as requested.
fn fate(subject: &Subject<'_>) -> (String, bool) {
    let Some(outcome) = subject.outcome() else {
        return ("it stays with the host".to_owned(), false);
    };
    match &outcome.reason {
        Some(reason) => (
            format!(
                "{}, {}: {}",
                outcome.kind.as_str(),
                reason.code(),
                reason.message(subject.plan.place)
            ),
            false,
        ),
        None if outcome.kind == OutcomeKind::Held => (
            "held: no driver gets it, so that its IOMMU group can be used".to_owned(),
            true,
        ),
        None => (
            format!("claimed for {}{}", outcome.entry.driver, outcome.company()),
            true,
        ),
    }
}

pub(in crate::host) fn last_boot(report: Option<&Report>, address: Address) -> String {
    let Some(report) = report else {
        return "no report of it".to_owned();
    };
    let Some(reported) = report.device(address) else {
        return "nobody asked for it".to_owned();
    };
    let mut text = format!("{}, asked by {}", reported.outcome, reported.selector);
    if let (Some(code), Some(message)) = (&reported.code, &reported.message) {
        text += &format!(", {code}: {message}");
    }
    for one in &reported.preparations {
        text += &format!("; {one}");
    }
    text
}

pub(in crate::host) fn to_do(fact: &Fact<'_>, subject: &Subject<'_>) -> String {
    let ours = subject
        .device
        .driver
        .as_ref()
        .is_some_and(DriverName::is_vfio);
    let planned = subject
        .outcome()
        .is_some_and(|outcome| matches!(outcome.kind, OutcomeKind::Planned | OutcomeKind::Held));
    let selector = &subject.advice.selector;
    match (subject.asked, planned) {
        (true, true) if ours => {
            "nothing: it is on a VFIO driver, and the next boot claims it again".to_owned()
        }
        (true, true) if fact.ours == Ours::Lost => {
            "another driver took it since the boot: keep that one away, or reboot".to_owned()
        }
        (true, true) => "reboot: that boot claims it".to_owned(),
        (true, false) => "change what the reason names, then look at vfio-early plan".to_owned(),
        (false, true) if !subject.advice.is_viable() => format!(
            "leave it with the host: ids={selector} would claim it, but no virtual machine can use it while the host has \
             the rest of its group"
        ),
        (false, true) => format!(
            "to have it claimed, put vfio-early.ids={selector} on the kernel command line or ids={selector} into \
             /etc/vfio-early.conf"
        ),
        (false, false) => "leave it with the host, or change what the reason names".to_owned(),
    }
}
