//! The report of a plan and of what became of it.

use std::time::Duration;

use super::schema::{
    Report, ReportBlocker, ReportDevice, ReportGroup, ReportIommu, ReportPreparation,
    ReportRequest, ReportWarning, SCHEMA, Times,
};
use crate::act::Claimed;
use crate::pci::Device;
use crate::plan::{
    Blocker, GroupVerdict, IommuVerdict, Match, Outcome, PlannedPreparation, Warning, mode_name,
};

impl Report {
    /// The report of a claim, or of a plan that was not carried out.
    pub fn new(claimed: &Claimed, times: Times) -> Self {
        let Claimed {
            plan,
            outcomes,
            warnings,
        } = claimed;
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: mode_name(plan.mode).to_owned(),
            kernel: plan.kernel.clone(),
            started_us: micros(times.started),
            elapsed_us: micros(times.elapsed),
            iommu: ReportIommu::of(&plan.iommu),
            requests: plan.matches.iter().map(request).collect(),
            devices: outcomes.iter().map(device).collect(),
            groups: plan.groups(outcomes).into_iter().map(group).collect(),
            warnings: warnings.iter().map(ReportWarning::of).collect(),
        }
    }
}

impl ReportWarning {
    /// The warning as the report has it.
    pub(crate) fn of(warning: &Warning) -> Self {
        Self {
            code: warning.reason.code().to_owned(),
            address: warning.address.map(|address| address.to_string()),
            message: warning.reason.to_string(),
        }
    }
}

impl ReportIommu {
    /// The verdict as the report has it.
    pub(crate) fn of(verdict: &IommuVerdict) -> Self {
        Self {
            kind: verdict.kind.map(|kind| kind.as_str().to_owned()),
            state: verdict.state().as_str().to_owned(),
            reason: verdict.cause.as_ref().map(ToString::to_string),
            interrupt_remapping: verdict.interrupt_remapping,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn request(one: &Match) -> ReportRequest {
    ReportRequest {
        selector: one.requested.text.clone(),
        origin: one.requested.origin.to_string(),
        matched: one.addresses.iter().map(ToString::to_string).collect(),
    }
}

impl ReportDevice {
    /// What a report has of a device itself.
    pub fn of(device: &Device) -> Self {
        let Device {
            address,
            id,
            class,
            driver,
            path,
            group,
            ..
        } = device;
        let word = |number: u16| format!("{number:04x}");
        Self {
            address: address.to_string(),
            path: path.as_ref().map(ToString::to_string),
            vendor: word(id.vendor),
            device: word(id.device),
            subsystem_vendor: word(id.subvendor),
            subsystem_device: word(id.subdevice),
            class: class.to_string(),
            iommu_group: group.map(|group| group.0),
            driver_before: driver.as_ref().map(ToString::to_string),
            ..Self::default()
        }
    }
}

fn device(outcome: &Outcome) -> ReportDevice {
    ReportDevice {
        iommu_group: outcome.group.map(|group| group.0),
        selector: outcome.entry.requested.text.clone(),
        driver_wanted: outcome.driver.to_string(),
        driver_after: outcome.driver_after.as_ref().map(ToString::to_string),
        outcome: outcome.kind.as_str().to_owned(),
        code: outcome
            .reason
            .as_ref()
            .map(|reason| reason.code().to_owned()),
        message: outcome.reason.as_ref().map(ToString::to_string),
        preparations: outcome.preparations.iter().map(prepared).collect(),
        elapsed_us: micros(outcome.elapsed),
        ..ReportDevice::of(&outcome.entry.device)
    }
}

fn prepared(one: &PlannedPreparation) -> ReportPreparation {
    let reason = one.reason.as_ref();
    ReportPreparation {
        key: one.what.key().to_owned(),
        value: one.what.value(),
        outcome: one.state.as_str().to_owned(),
        code: reason.map(|reason| reason.code().to_owned()),
        message: reason.map(ToString::to_string),
    }
}

fn group(verdict: GroupVerdict) -> ReportGroup {
    let blocker = |blocker: &Blocker| ReportBlocker {
        address: blocker.address.to_string(),
        driver: blocker
            .driver
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        code: blocker.code.map(str::to_owned),
    };
    ReportGroup {
        id: verdict.group.0,
        viable: verdict.blockers.is_empty(),
        members: verdict.members.iter().map(ToString::to_string).collect(),
        blockers: verdict.blockers.iter().map(blocker).collect(),
    }
}
