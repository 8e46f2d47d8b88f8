//! What the claim needs of firmware and kernel: an IOMMU with its table, interrupts that are remapped, groups, drivers.
//!
//! *Pure.* Source of truth: the verdicts of `plan/iommu.rs` and `plan/driver.rs`.
//! To add one: a function called in [`findings`].

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::{Finding, Known};
use crate::pci::{DriverName, GroupId};
use crate::plan::{Availability, Cause, Kind, Reason, State};

pub(super) fn findings(known: &Known<'_>) -> Vec<Finding> {
    let mut findings = vec![table(known), iommu(known)];
    if known.plan.iommu.serves() {
        findings.extend(interrupts(known));
        findings.push(groups(known));
    }
    findings.extend(known.drivers().iter().map(|name| driver(known, name)));
    findings
}

fn table(known: &Known<'_>) -> Finding {
    let facts = &known.machine.iommu;
    let iommu = &known.plan.iommu;
    let topic = "firmware";
    if !facts.tables.is_empty() {
        let fact = format!("it describes an IOMMU ({})", facts.tables.join(", "));
        return Finding::new(Ok, topic, fact);
    }
    match iommu.state() {
        State::Enabled => Finding::new(Ok, topic, "it describes an IOMMU, which is in use"),
        State::Absent => told(topic, Missing, Cause::NoTable),
        _ => Finding::new(Unknown, topic, "whether it describes an IOMMU is not known"),
    }
}

/// A cause: what is so, and behind the semicolon what to do.
fn told(topic: &'static str, mark: super::Mark, cause: Cause) -> Finding {
    let text = cause.to_string();
    match text.split_once("; ") {
        Some((fact, fix)) => Finding::new(mark, topic, fact).fix(fix),
        None => Finding::new(mark, topic, text),
    }
}

fn iommu(known: &Known<'_>) -> Finding {
    let verdict = &known.plan.iommu;
    let kind = verdict.kind.map_or("an IOMMU", |kind| match kind {
        Kind::Intel => "Intel's",
        Kind::Amd => "AMD's",
        Kind::Arm => "ARM's",
        Kind::Virtio => "a virtio-iommu",
    });
    match &verdict.cause {
        None => Finding::new(Ok, "iommu", format!("{kind} is in use")),
        Some(Cause::NoTable) => Finding::new(Missing, "iommu", "none is in use"),
        Some(Cause::Open) if known.here.is_some() => {
            let fact = "none is in use now; whether one is with that command line, its boot shows";
            Finding::new(Unknown, "iommu", fact)
        }
        Some(cause @ Cause::NotLoaded) => told("iommu", Ok, cause.clone()),
        Some(cause @ (Cause::Open | Cause::NotTold(_))) => told("iommu", Unknown, cause.clone()),
        Some(cause) => told("iommu", Missing, cause.clone()),
    }
}

fn interrupts(known: &Known<'_>) -> Option<Finding> {
    let verdict = &known.plan.iommu;
    let topic = "interrupts";
    Some(match verdict.interrupt_remapping? {
        true => Finding::new(Ok, topic, "they are remapped"),
        false => match verdict.no_remapping(known.machine, known.request) {
            Some(why) => Finding::new(
                Warn,
                topic,
                Reason::NoInterruptRemapping { why }.to_string(),
            ),
            None => Finding::new(Ok, topic, "they are not remapped, and the risk is taken"),
        },
    })
}

/// The groups of all devices; those of the devices asked for are in `claim.rs`.
fn groups(known: &Known<'_>) -> Finding {
    let devices = known.machine.bus.devices.iter();
    let mut groups: Vec<GroupId> = devices.filter_map(|device| device.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let late = known.plan.iommu.kind.is_none_or(Kind::makes_groups_late);
    match groups.len() {
        0 if known.plan.machine.unknown.groups => {
            Finding::new(Unknown, "groups", "they are not known")
        }
        0 if late => Finding::new(Ok, "groups", "they are made when a driver takes a device"),
        0 => Finding::new(Missing, "groups", "the kernel has made no IOMMU group")
            .fix("start the machine anew, and look for DMAR or AMD-Vi in the kernel's log"),
        1 => Finding::new(Ok, "groups", "1 IOMMU group"),
        number => Finding::new(Ok, "groups", format!("{number} IOMMU groups")),
    }
}

fn driver(known: &Known<'_>, name: &DriverName) -> Finding {
    let machine = known.machine;
    let (topic, module, release) = ("driver", name.module(), &machine.kernel);
    if machine.unknown.modules {
        let fact = format!("whether the kernel has {name} is not known");
        return Finding::new(Unknown, topic, fact);
    }
    let modules = &machine.modules;
    if modules.builtin.contains(&module) {
        return Finding::new(Ok, topic, format!("{name} is part of kernel {release}"));
    }
    match (
        Availability::of(name, machine, known.request),
        modules.file(&module),
    ) {
        (Availability::Missing(_), _) => {
            let gone = known.here.is_some_and(|here| !here.has_modules);
            let fact = format!("kernel {release} has no {name}, neither built in nor as a module");
            let fix = match gone {
                true => "the modules of the running kernel are gone: start the machine anew",
                false => {
                    "install the rest of its modules (Ubuntu: linux-modules-extra), or another kernel"
                }
            };
            Finding::new(Missing, topic, fact).fix(fix)
        }
        (_, Some(file)) => {
            let locked = known.here.and_then(|here| here.lockdown.as_ref());
            let foreign = !file.path.starts_with("kernel/");
            let fact = format!("{name} is a module of kernel {release} ({})", file.path);
            match (foreign, locked) {
                (true, Some(_)) => Finding::new(Warn, topic, fact).fix(
                    "it is not the distribution's: sign it with a key that this machine trusts",
                ),
                _ => Finding::new(Ok, topic, fact),
            }
        }
        (_, None) => Finding::new(Ok, topic, format!("{name} is there")),
    }
}
