//! What the claim needs of firmware and kernel: an IOMMU with its table, interrupts that are remapped, groups,
//! drivers.
//!
//! Source: the verdicts of `plan/iommu.rs` and `plan/driver.rs`.

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::{Findings, Known, Mark};
use crate::pci::{DriverName, GroupId};
use crate::plan::{Availability, IommuCause, IommuKind, IommuState, Reason};

pub(super) fn look(known: &Known<'_>, list: &mut Findings) {
    table(known, list);
    iommu(known, list);
    if known.plan.iommu.serves() {
        interrupts(known, list);
        groups(known, list);
    }
    for name in known.drivers() {
        driver(known, &name, list);
    }
}

fn table(known: &Known<'_>, list: &mut Findings) {
    let tables = known.machine.iommu.tables.join(", ");
    let topic = "firmware";
    match known.plan.iommu.state() {
        _ if !tables.is_empty() => {
            list.put(Ok, topic, format_args!("it describes an IOMMU ({tables})"));
        }
        IommuState::Enabled => list.put(
            Ok,
            topic,
            format_args!("it describes an IOMMU, which is in use"),
        ),
        IommuState::Absent => put_cause(list, Missing, topic, &IommuCause::NoTable),
        _ => list.put(
            Unknown,
            topic,
            format_args!("whether it describes an IOMMU is not known"),
        ),
    }
}

fn put_cause(list: &mut Findings, mark: Mark, topic: &'static str, cause: &IommuCause) {
    list.put_message(mark, topic, cause.fact(), cause.fix());
}

fn iommu(known: &Known<'_>, list: &mut Findings) {
    let (verdict, topic) = (&known.plan.iommu, "iommu");
    let mark = match &verdict.cause {
        None => {
            let kind = verdict.kind.map_or("an", IommuKind::as_str);
            return list.put(Ok, topic, format_args!("{kind} IOMMU is in use"));
        }
        Some(IommuCause::NoTable) => {
            return list.put(Missing, topic, format_args!("none is in use"));
        }
        Some(IommuCause::Open) if known.here.is_some() => {
            let fact = format_args!(
                "none is in use now; whether one is with that command line, its boot shows"
            );
            return list.put(Unknown, topic, fact);
        }
        Some(IommuCause::NotLoaded) => Ok,
        Some(IommuCause::Open | IommuCause::NotDescribed(_)) => Unknown,
        Some(_) => Missing,
    };
    if let Some(cause) = &verdict.cause {
        put_cause(list, mark, topic, cause);
    }
}

fn interrupts(known: &Known<'_>, list: &mut Findings) {
    let (verdict, topic) = (&known.plan.iommu, "interrupts");
    match (
        verdict.interrupt_remapping,
        verdict.no_remapping(known.machine, known.request),
    ) {
        (None, _) => {}
        (Some(true), _) => list.put(Ok, topic, format_args!("they are remapped")),
        (_, Some(why)) => {
            let reason = Reason::NoInterruptRemapping { why };
            list.put_message(Warn, topic, reason.fact(), reason.fix(known.plan.place));
        }
        (_, None) => list.put(
            Ok,
            topic,
            format_args!("they are not remapped, and the risk is taken"),
        ),
    }
}

/// The groups of all devices; those of the devices asked for are in `claim.rs`.
fn groups(known: &Known<'_>, list: &mut Findings) {
    let devices = known.machine.bus.devices.iter();
    let mut groups: Vec<GroupId> = devices.filter_map(|device| device.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let late = known
        .plan
        .iommu
        .kind
        .is_none_or(IommuKind::makes_groups_late);
    let topic = "groups";
    match groups.len() {
        0 if known.next.unknown.groups => {
            list.put(Unknown, topic, format_args!("they are not known"));
        }
        0 if late => list.put(
            Ok,
            topic,
            format_args!("they are made when a driver takes a device"),
        ),
        0 => {
            let fix = format_args!(
                "start the machine anew, and look for DMAR or AMD-Vi in the kernel's log"
            );
            list.put_fix(
                Missing,
                topic,
                format_args!("the kernel has made no IOMMU group"),
                fix,
            );
        }
        number => list.put(Ok, topic, format_args!("IOMMU groups: {number}")),
    }
}

fn driver(known: &Known<'_>, name: &DriverName, list: &mut Findings) {
    let machine = known.machine;
    let (topic, module, release) = ("driver", name.module(), &machine.kernel);
    let modules = &machine.modules;
    if machine.unknown.modules {
        let fact = format_args!("whether the kernel has {name} is not known");
        return list.put(Unknown, topic, fact);
    }
    if let Availability::Missing(_) = Availability::of(name, machine, known.request) {
        let gone = known.here.is_some_and(|here| !here.has_modules);
        let fact = format_args!("kernel {release} has no {name}, neither built in nor as a module");
        let fix = if gone {
            "the modules of the running kernel are gone: start the machine anew"
        } else {
            "install the rest of its modules (Ubuntu: linux-modules-extra), or another kernel"
        };
        return list.put_fix(Missing, topic, fact, format_args!("{fix}"));
    }
    let Some(file) = modules.file(&module) else {
        return list.put(
            Ok,
            topic,
            format_args!("{name} is part of kernel {release}"),
        );
    };
    let path = &file.path;
    let fact = format_args!("{name} is a module of kernel {release} ({path})");
    let locked = known.here.is_some_and(|here| here.lockdown.is_some());
    if locked && !path.starts_with("kernel/") {
        let fix = format_args!(
            "it is not the distribution's: sign it with a key that this machine trusts"
        );
        return list.put_fix(Warn, topic, fact, fix);
    }
    list.put(Ok, topic, fact);
}
