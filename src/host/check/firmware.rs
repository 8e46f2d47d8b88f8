//! What the claim needs of firmware and kernel: an IOMMU with its table, interrupts that are remapped, groups,
//! drivers.
//!
//! Source: the verdicts of `plan/iommu.rs` and `plan/driver.rs`.

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::setup::HostSetup;
use super::{Findings, Mark};
use crate::host::snapshot::HostSnapshot;
use crate::pci::{DriverName, GroupId};
use crate::plan::{Availability, IommuCause, IommuKind, IommuState, Reason};

pub(super) fn look(snapshot: &HostSnapshot<'_>, setup: Option<&HostSetup>, list: &mut Findings) {
    table(snapshot, list);
    iommu(snapshot, list);
    if snapshot.planned().plan.iommu.serves() {
        interrupts(snapshot, list);
        groups(snapshot, list);
    }
    for name in snapshot.planned().drivers() {
        driver(snapshot, setup, &name, list);
    }
}

fn table(snapshot: &HostSnapshot<'_>, list: &mut Findings) {
    let tables = snapshot.machine.iommu.tables.join(", ");
    let topic = "firmware";
    let next = snapshot.planned();
    match next.plan.iommu.state() {
        IommuState::Absent => {
            let cause = next.plan.iommu.cause.as_ref();
            put_cause(list, Missing, topic, cause.unwrap_or(&IommuCause::NoTable));
        }
        _ if !tables.is_empty() => {
            list.put(Ok, topic, format_args!("it describes an IOMMU ({tables})"));
        }
        IommuState::Enabled => list.put(
            Ok,
            topic,
            format_args!("it describes an IOMMU, which is in use"),
        ),
        _ => {
            let fact = if next.machine.unknown.is_of_text() {
                "the text does not contain whether it describes an IOMMU"
            } else {
                "whether it describes an IOMMU is not known"
            };
            list.put(Unknown, topic, format_args!("{fact}"));
        }
    }
}

fn put_cause(list: &mut Findings, mark: Mark, topic: &'static str, cause: &IommuCause) {
    list.put_message(mark, topic, cause.fact(), cause.fix());
}

fn iommu(snapshot: &HostSnapshot<'_>, list: &mut Findings) {
    let (verdict, topic) = (&snapshot.planned().plan.iommu, "iommu");
    let mark = match &verdict.cause {
        None => {
            let kind = verdict.kind.map_or("an", IommuKind::as_str);
            return list.put(Ok, topic, format_args!("{kind} IOMMU is in use"));
        }
        Some(IommuCause::NoTable | IommuCause::EmptyTable(_)) => {
            return list.put(Missing, topic, format_args!("none is in use"));
        }
        Some(IommuCause::Open) if snapshot.is_of_host() => {
            let fact = format_args!(
                "none is in use now; whether one is with that command line, its boot shows"
            );
            return list.put(Unknown, topic, fact);
        }
        Some(IommuCause::NotLoaded) => Ok,
        Some(IommuCause::Open | IommuCause::NotInText | IommuCause::NotDescribed(_)) => Unknown,
        Some(_) => Missing,
    };
    if let Some(cause) = &verdict.cause {
        put_cause(list, mark, topic, cause);
    }
}

fn interrupts(snapshot: &HostSnapshot<'_>, list: &mut Findings) {
    let (verdict, topic) = (&snapshot.planned().plan.iommu, "interrupts");
    match (
        verdict.interrupt_remapping,
        verdict.no_remapping(&snapshot.machine, &snapshot.request),
    ) {
        (None, _) => {}
        (Some(true), _) => list.put(Ok, topic, format_args!("they are remapped")),
        (_, Some(why)) => {
            let reason = Reason::NoInterruptRemapping { why };
            list.put_message(
                Warn,
                topic,
                reason.fact(),
                reason.fix(snapshot.planned().plan.place),
            );
        }
        (_, None) => list.put(
            Ok,
            topic,
            format_args!("they are not remapped, and the risk is taken"),
        ),
    }
}

/// The groups of all devices; those of the devices asked for are in `claim.rs`.
fn groups(snapshot: &HostSnapshot<'_>, list: &mut Findings) {
    let devices = snapshot.machine.bus.devices.iter();
    let mut groups: Vec<GroupId> = devices.filter_map(|device| device.group).collect();
    groups.sort_unstable();
    groups.dedup();
    let late = snapshot
        .planned()
        .plan
        .iommu
        .kind
        .is_none_or(IommuKind::makes_groups_late);
    let topic = "groups";
    let unknown = &snapshot.planned().machine.unknown;
    match groups.len() {
        0 if unknown.groups && unknown.is_of_text() => {
            list.put(
                Unknown,
                topic,
                format_args!("the text does not contain them"),
            );
        }
        0 if unknown.groups => {
            list.put(Unknown, topic, format_args!("they are not known"));
        }
        0 if late => list.put(
            Ok,
            topic,
            format_args!("they are made when a driver takes a device"),
        ),
        0 => {
            let fix = format_args!("reboot, and look for DMAR or AMD-Vi in the kernel's log");
            list.put_fix(
                Missing,
                topic,
                format_args!("the kernel has made no IOMMU group"),
                fix,
            );
        }
        number => list.put(Ok, topic, format_args!("IOMMU groups: {number}")),
    }
    let plan = &snapshot.planned().plan;
    if let Some(word) = plan.iommu.acs_override.clone() {
        let reason = Reason::AcsOverride { word };
        list.put_message(Warn, topic, reason.fact(), reason.fix(plan.place));
    }
}

fn driver(
    snapshot: &HostSnapshot<'_>,
    setup: Option<&HostSetup>,
    name: &DriverName,
    list: &mut Findings,
) {
    let machine = &snapshot.machine;
    let (topic, module, release) = ("driver", name.module(), &machine.kernel);
    let modules = &machine.modules;
    if machine.unknown.modules {
        let fact = format_args!("whether the kernel has {name} is not known");
        return list.put(Unknown, topic, fact);
    }
    if let Availability::Missing(_) = Availability::of(name, machine, &snapshot.request) {
        let gone = setup.is_some_and(|setup| !setup.has_modules);
        let fact = format_args!("kernel {release} has no {name}, neither built in nor as a module");
        let fix = if gone {
            "the modules of the running kernel are gone: reboot"
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
    let locked = setup.is_some_and(|setup| setup.lockdown.is_some());
    if locked && !path.starts_with("kernel/") {
        let fix = format_args!(
            "it is not the distribution's: sign it with a key that this machine trusts"
        );
        return list.put_fix(Warn, topic, fact, fix);
    }
    list.put(Ok, topic, fact);
}
