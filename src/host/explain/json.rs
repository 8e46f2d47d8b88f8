//! The explanation of one device for programs.
//!
//! Source: the fields described in vfio-early(8), which are ours.

use serde::Serialize;

use super::description::others;
use super::kmsg::{KernelLines, KernelLogEntry};
use super::text::{Subject, to_do};
use crate::host::list::facts::{Fact, FactEntry};
use crate::host::snapshot::HostSnapshot;
use crate::pci::{Address, Device};
use crate::plan::Reason;
use crate::report::{Report, ReportDevice, ReportWarning};

/// `vfio-early explain --json`.
#[derive(Debug, Serialize)]
pub struct Explanation {
    schema: u32,
    device: FactEntry,
    unknown: Vec<String>,
    functions: Vec<String>,
    group_members: Vec<String>,
    asked: bool,
    selector: String,
    /// What else that selector takes.
    selector_takes: Vec<String>,
    outcome: Option<String>,
    driver_wanted: Option<String>,
    code: Option<String>,
    fact: Option<String>,
    fix: Option<String>,
    message: Option<String>,
    warnings: Vec<ReportWarning>,
    last_boot: Option<ReportDevice>,
    kernel_log: KernelLogEntry,
    to_do: String,
}

/// The same of a device that is not there.
#[derive(Debug, Serialize)]
pub struct AbsentDevice {
    schema: u32,
    address: String,
    device: Option<()>,
    last_boot: Option<ReportDevice>,
    kernel_log: KernelLogEntry,
}

impl AbsentDevice {
    /// What is known of it for a program.
    pub fn new(report: Option<&Report>, address: Address, kernel_log: &KernelLines) -> Self {
        let reported = report.and_then(|report| report.device(address));
        Self {
            schema: 1,
            address: address.to_string(),
            device: None,
            last_boot: reported.cloned(),
            kernel_log: kernel_log.entry(),
        }
    }
}

impl Explanation {
    /// Explains a device to a program.
    pub fn new(snapshot: &HostSnapshot<'_>, subject: &Subject<'_>) -> Self {
        let fact = Fact::of(snapshot, subject.device);
        let device = subject.device;
        let address = |device: &Device| device.address.to_string();
        let same = |other: &&Device| other.address.same_device(&device.address);
        let shares = |other: &&Device| device.group.is_some() && other.group == device.group;
        let outcome = subject.outcome();
        let reason = outcome.as_ref().and_then(|outcome| outcome.reason.as_ref());
        let warnings = subject.warnings().into_iter();
        let place = subject.plan.place;
        let unknown = snapshot.machine.unknown.to_string();
        Self {
            schema: 1,
            device: FactEntry::of(&fact),
            unknown: unknown.split_whitespace().map(str::to_owned).collect(),
            functions: others(snapshot, device).filter(same).map(address).collect(),
            group_members: others(snapshot, device)
                .filter(shares)
                .map(address)
                .collect(),
            asked: subject.asked,
            selector: subject.advice.selector.clone(),
            selector_takes: subject
                .advice
                .others
                .iter()
                .map(ToString::to_string)
                .collect(),
            outcome: outcome
                .as_ref()
                .map(|outcome| outcome.kind.as_str().to_owned()),
            driver_wanted: outcome
                .as_ref()
                .map(|outcome| outcome.entry.driver.to_string()),
            code: reason.map(|reason| reason.code().to_owned()),
            fact: reason.map(Reason::fact),
            fix: reason.and_then(|reason| reason.fix(place)),
            message: reason.map(|reason| reason.message(place)),
            warnings: warnings
                .map(|warning| ReportWarning::of(warning, place))
                .collect(),
            last_boot: snapshot
                .report
                .as_ref()
                .and_then(|report| report.device(device.address))
                .cloned(),
            kernel_log: subject.kernel_log.entry(),
            to_do: to_do(&fact, subject),
        }
    }
}
