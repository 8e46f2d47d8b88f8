//! The report, schema 1: what was asked, what became of each device, and why.
//!
//! *Pure.* Source of truth: the schema in vfio-early(8), which is ours.
//! To add one: a field here and in the man page; readers ignore what they do not know, so the schema stays 1.

use std::time::Duration;

use serde::Serialize;

use crate::pci::{Device, DriverName};
use crate::plan::{GroupVerdict, Outcome, Plan, Warning, mode_word, verdicts};

/// When the claim began and how long it took.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// CLOCK_BOOTTIME at the start.
    pub started: Duration,
    /// From the start to the report.
    pub elapsed: Duration,
}

/// `/run/vfio-early/report.json`.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    schema: u32,
    version: &'static str,
    mode: &'static str,
    kernel: &'a str,
    started_us: u128,
    elapsed_us: u128,
    iommu: Iommu,
    requests: Vec<Ask<'a>>,
    devices: Vec<Claimed<'a>>,
    groups: Vec<Group>,
    warnings: Vec<Oddity>,
}

#[derive(Debug, Serialize)]
struct Iommu {
    kind: Option<&'static str>,
    state: &'static str,
    reason: Option<String>,
    interrupt_remapping: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Ask<'a> {
    selector: &'a str,
    origin: String,
    matched: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Claimed<'a> {
    address: String,
    path: Option<String>,
    vendor: String,
    device: String,
    subsystem_vendor: String,
    subsystem_device: String,
    class: String,
    iommu_group: Option<u32>,
    selector: &'a str,
    driver_before: Option<&'a str>,
    driver_wanted: &'a str,
    driver_after: Option<&'a str>,
    outcome: &'static str,
    code: Option<&'static str>,
    message: Option<String>,
    elapsed_us: u128,
}

#[derive(Debug, Serialize)]
struct Group {
    id: u32,
    viable: bool,
    members: Vec<String>,
    blockers: Vec<Blocker>,
}

#[derive(Debug, Serialize)]
struct Blocker {
    address: String,
    driver: String,
}

#[derive(Debug, Serialize)]
struct Oddity {
    code: &'static str,
    address: Option<String>,
    message: String,
}

impl<'a> Report<'a> {
    /// Puts together what became of `plan`; `warnings` are those of the plan and of the claim.
    pub fn new(
        plan: &'a Plan<'a>,
        outcomes: &'a [Outcome<'a>],
        warnings: &[Warning],
        times: Times,
    ) -> Self {
        let oddity = |warning: &Warning| Oddity {
            code: warning.reason.code(),
            address: warning.address.map(|address| address.to_string()),
            message: warning.reason.to_string(),
        };
        Self {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            mode: mode_word(plan.request),
            kernel: &plan.machine.kernel,
            started_us: times.started.as_micros(),
            elapsed_us: times.elapsed.as_micros(),
            iommu: Iommu {
                kind: plan.iommu.kind.map(|kind| kind.as_str()),
                state: plan.iommu.state().as_str(),
                reason: plan.iommu.cause.as_ref().map(ToString::to_string),
                interrupt_remapping: plan.iommu.interrupt_remapping,
            },
            requests: plan.matches.iter().map(ask).collect(),
            devices: outcomes.iter().map(claimed).collect(),
            groups: groups(plan, outcomes),
            warnings: warnings.iter().map(oddity).collect(),
        }
    }

    /// The report as JSON, one line.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

fn ask<'a>((ask, matched): &(&'a crate::ask::Ask, Vec<crate::pci::Address>)) -> Ask<'a> {
    let matched = matched.iter().map(ToString::to_string).collect();
    Ask {
        selector: &ask.text,
        origin: ask.origin.to_string(),
        matched,
    }
}

fn claimed<'a>(outcome: &'a Outcome<'a>) -> Claimed<'a> {
    let Device {
        address,
        id,
        class,
        driver,
        path,
        ..
    } = outcome.entry.device;
    let word = |number: u16| format!("{number:04x}");
    Claimed {
        address: address.to_string(),
        path: path.as_ref().map(ToString::to_string),
        vendor: word(id.vendor),
        device: word(id.device),
        subsystem_vendor: word(id.subvendor),
        subsystem_device: word(id.subdevice),
        class: class.to_string(),
        iommu_group: outcome.group.map(|group| group.0),
        selector: &outcome.entry.ask.text,
        driver_before: driver.as_ref().map(DriverName::as_str),
        driver_wanted: outcome.entry.driver.as_str(),
        driver_after: outcome.driver_after.as_ref().map(DriverName::as_str),
        outcome: outcome.word.as_str(),
        code: outcome.reason.as_ref().map(crate::plan::Reason::code),
        message: outcome.reason.as_ref().map(ToString::to_string),
        elapsed_us: outcome.elapsed.as_micros(),
    }
}

/// The groups of the devices that are ours, as they are in the end.
fn groups(plan: &Plan<'_>, outcomes: &[Outcome<'_>]) -> Vec<Group> {
    let state = |device: &Device| {
        let at =
            outcomes.binary_search_by_key(&device.address, |outcome| outcome.entry.device.address);
        match at.ok().and_then(|at| outcomes.get(at)) {
            Some(outcome) => (outcome.group, outcome.driver_after.clone()),
            None => (device.group, device.driver.clone()),
        }
    };
    let text = |verdict: GroupVerdict| Group {
        id: verdict.group.0,
        viable: verdict.blockers.is_empty(),
        members: verdict.members.iter().map(ToString::to_string).collect(),
        blockers: verdict
            .blockers
            .iter()
            .map(|(address, driver)| Blocker {
                address: address.to_string(),
                driver: driver.to_string(),
            })
            .collect(),
    };
    let ours = outcomes.iter().filter(|outcome| outcome.word.is_ours());
    let groups = ours.filter_map(|outcome| outcome.group);
    verdicts(&plan.machine.bus, groups, &state)
        .into_iter()
        .map(text)
        .collect()
}
