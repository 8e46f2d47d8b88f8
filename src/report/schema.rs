//! The report, schema 1: what was asked, what became of each device, and why.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::pci::Address;
use crate::plan::OutcomeKind;
use crate::sys::{Root, SysPath};

/// The number of the schema; a report with another one is not read.
pub(super) const SCHEMA: u32 = 1;

/// The states of a trial in the report: it runs, this boot was confirmed, nothing was claimed because no boot was.
pub const TRIAL_RUNS: &str = "running";
/// See [`TRIAL_RUNS`].
pub const TRIAL_PASSED: &str = "passed";
/// See [`TRIAL_RUNS`].
pub const TRIAL_FAILED: &str = "failed";

/// When the claim began and how long it took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// CLOCK_BOOTTIME at the start.
    pub started: Duration,
    /// From the start to the report.
    pub elapsed: Duration,
}

/// `/run/vfio-early/report.json`. A field that a report does not have reads as its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(
    missing_docs,
    reason = "the fields of the report are described in vfio-early(8)"
)]
pub struct Report {
    pub schema: u32,
    pub version: String,
    pub mode: String,
    pub kernel: String,
    pub started_us: u64,
    pub elapsed_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial: Option<String>,
    pub iommu: ReportIommu,
    pub requests: Vec<ReportRequest>,
    pub devices: Vec<ReportDevice>,
    pub groups: Vec<ReportGroup>,
    pub warnings: Vec<ReportWarning>,
}

/// The IOMMU as the report has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportIommu {
    pub kind: Option<String>,
    pub state: String,
    pub reason: Option<String>,
    pub interrupt_remapping: Option<bool>,
}

/// A selector and what it matched.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportRequest {
    pub selector: String,
    pub origin: String,
    pub matched: Vec<String>,
}

/// A device that a selector took, and what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportDevice {
    pub address: String,
    pub path: Option<String>,
    pub vendor: String,
    pub device: String,
    pub subsystem_vendor: String,
    pub subsystem_device: String,
    pub class: String,
    pub iommu_group: Option<u32>,
    pub selector: String,
    pub driver_before: Option<String>,
    pub driver_wanted: String,
    pub driver_after: Option<String>,
    pub outcome: String,
    pub code: Option<String>,
    pub fact: Option<String>,
    pub fix: Option<String>,
    pub message: Option<String>,
    pub preparations: Vec<ReportPreparation>,
    pub elapsed_us: u64,
}

/// What was done to a device before its driver came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportPreparation {
    pub key: String,
    pub value: String,
    pub outcome: String,
    pub code: Option<String>,
    pub message: Option<String>,
}

impl ReportDevice {
    /// Whether the claim made it ours, or found it so.
    pub fn is_ours(&self) -> bool {
        matches!(self.outcome.as_str(), "claimed" | "already")
    }

    /// Whether the claim keeps every driver away from it.
    pub fn is_held(&self) -> bool {
        self.outcome == OutcomeKind::Held.as_str()
    }

    /// Where its ROM was copied to, if it was.
    pub fn rom(&self) -> Option<String> {
        let copied = |one: &ReportPreparation| one.key == "rom" && one.outcome == "done";
        let address = self.address.parse().ok()?;
        let path = || SysPath::Rom(address).on_system();
        self.preparations.iter().any(copied).then(path)
    }
}

impl fmt::Display for ReportPreparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={} {}", self.key, self.value, self.outcome)?;
        self.code.iter().try_for_each(|code| write!(f, ", {code}"))
    }
}

/// An IOMMU group of devices that are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportGroup {
    pub id: u32,
    pub viable: bool,
    pub members: Vec<String>,
    pub blockers: Vec<ReportBlocker>,
    pub blockers_to_come: Vec<ReportBlocker>,
}

/// A device that a host driver has in a group of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportBlocker {
    pub address: String,
    pub driver: String,
    pub code: Option<String>,
}

/// What a message is about: `"machine"`, `{"device":"0000:03:00.0"}`, `{"group":12}` or `{"selector":"10de:1200"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "see Report")]
pub enum ReportAbout {
    #[default]
    Machine,
    Device(String),
    Group(u32),
    Selector(String),
}

impl ReportAbout {
    /// The address of the device, where it is about one.
    pub fn device(&self) -> Option<&str> {
        match self {
            Self::Device(address) => Some(address),
            Self::Machine | Self::Group(_) | Self::Selector(_) => None,
        }
    }
}

/// A warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "see Report")]
pub struct ReportWarning {
    pub code: String,
    pub about: ReportAbout,
    pub address: Option<String>,
    pub fact: String,
    pub fix: Option<String>,
    pub message: String,
}

impl Report {
    /// Reads the report of the last claim below `root`; `None` where there is none.
    ///
    /// Errors name the file.
    pub fn read(root: &Root) -> Result<Option<Self>, String> {
        let broken = |error| {
            format!(
                "cannot use {}: {error}",
                root.path(SysPath::Report).display()
            )
        };
        match root.read(SysPath::Report) {
            Ok(Some(json)) => Self::parse(&json).map(Some).map_err(broken),
            Ok(None) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What it has about the device at `address`.
    pub fn device(&self, address: Address) -> Option<&ReportDevice> {
        let address = address.to_string();
        self.devices.iter().find(|device| device.address == address)
    }

    /// The devices that the claim was to make ours.
    pub fn asked(&self) -> impl Iterator<Item = Address> {
        let asked = self
            .devices
            .iter()
            .filter(|device| !matches!(device.code.as_deref(), Some("excluded" | "vfs-made")));
        asked.filter_map(|device| device.address.parse().ok())
    }

    /// The report as JSON, one line.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}
