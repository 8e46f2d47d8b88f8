//! The report of a plan and of what became of it.

use std::time::Duration;

use super::schema::{
    Report, ReportAbout, ReportBlocker, ReportDevice, ReportGroup, ReportIommu, ReportPreparation,
    ReportRequest, ReportWarning, SCHEMA, TRIAL_FAILED, TRIAL_RUNS, Times,
};
use crate::act::Claimed;
use crate::config::Problem;
use crate::pci::Device;
use crate::plan::{
    About, Blocker, GroupVerdict, IommuCause, IommuVerdict, Match, Outcome, Place,
    PlannedPreparation, Reason, Warning, mode_name,
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
            trial: warnings.iter().find_map(trial).map(str::to_owned),
            iommu: ReportIommu::of(&plan.iommu),
            requests: plan.matches.iter().map(request).collect(),
            devices: outcomes
                .iter()
                .map(|outcome| device(outcome, plan.place))
                .collect(),
            groups: plan.groups(outcomes).into_iter().map(group).collect(),
            warnings: warnings
                .iter()
                .map(|warning| ReportWarning::of(warning, plan.place))
                .collect(),
        }
    }
}

impl ReportWarning {
    /// The warning as the report has it, for readers at `place`.
    pub(crate) fn of(warning: &Warning, place: Place) -> Self {
        let about = ReportAbout::of(&warning.about);
        Self {
            code: warning.reason.code().to_owned(),
            address: about.device().map(str::to_owned),
            about,
            fact: warning.reason.fact(),
            fix: warning.reason.fix(place),
            message: warning.message(place),
        }
    }
}

impl ReportAbout {
    fn of(about: &About) -> Self {
        match about {
            About::Machine => Self::Machine,
            About::Device(address) => Self::Device(address.to_string()),
            About::Group(group) => Self::Group(group.0),
            About::Selector(text) => Self::Selector(text.clone()),
        }
    }
}

impl ReportIommu {
    /// The verdict as the report has it.
    pub(crate) fn of(verdict: &IommuVerdict) -> Self {
        Self {
            kind: verdict.kind.map(|kind| kind.as_str().to_owned()),
            state: verdict.state().as_str().to_owned(),
            reason: verdict.cause.as_ref().map(IommuCause::message),
            interrupt_remapping: verdict.interrupt_remapping,
        }
    }
}

/// The state of the trial that a warning is about.
fn trial(warning: &Warning) -> Option<&'static str> {
    match &warning.reason {
        Reason::Problem(Problem::OnTrial { .. }) => Some(TRIAL_RUNS),
        Reason::Problem(Problem::TrialFailed) => Some(TRIAL_FAILED),
        _ => None,
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

fn device(outcome: &Outcome, place: Place) -> ReportDevice {
    let reason = outcome.reason.as_ref();
    ReportDevice {
        iommu_group: outcome.group.map(|group| group.0),
        selector: outcome.entry.requested.text.clone(),
        driver_wanted: outcome.driver.to_string(),
        driver_after: outcome.driver_after.as_ref().map(ToString::to_string),
        outcome: outcome.kind.as_str().to_owned(),
        code: reason.map(|reason| reason.code().to_owned()),
        fact: reason.map(Reason::fact),
        fix: reason.and_then(|reason| reason.fix(place)),
        message: reason.map(|reason| reason.message(place)),
        preparations: outcome
            .preparations
            .iter()
            .map(|one| prepared(one, place))
            .collect(),
        elapsed_us: micros(outcome.elapsed),
        ..ReportDevice::of(&outcome.entry.device)
    }
}

fn prepared(one: &PlannedPreparation, place: Place) -> ReportPreparation {
    let reason = one.reason.as_ref();
    ReportPreparation {
        key: one.what.key().to_owned(),
        value: one.what.value(),
        outcome: one.state.as_str().to_owned(),
        code: reason.map(|reason| reason.code().to_owned()),
        message: reason.map(|reason| reason.message(place)),
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
    let to_come = |blocker: &Blocker| {
        Some(ReportBlocker {
            address: blocker.address.to_string(),
            driver: blocker.coming.clone()?,
            code: blocker.code.map(str::to_owned),
        })
    };
    ReportGroup {
        id: verdict.group.0,
        viable: verdict.blockers.is_empty(),
        members: verdict.members.iter().map(ToString::to_string).collect(),
        blockers: verdict.blockers.iter().map(blocker).collect(),
        blockers_to_come: verdict.loose.iter().filter_map(to_come).collect(),
    }
}
