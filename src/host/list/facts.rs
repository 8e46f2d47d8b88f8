//! What is known of one device, as `list` and `explain` show it.
//!
//! Source: the fields described in vfio-early(8), which are ours and named as in the report.

use serde::Serialize;

use crate::host::snapshot::HostSnapshot;
use crate::pci::{Device, DriverName};
use crate::report::{Report, ReportIommu};

/// Whether a device is what the last claim made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Ours {
    /// It was claimed and still is.
    Yes,
    /// It was claimed, and another driver or none has it now.
    Lost,
    /// It was not claimed, or that is not known.
    No,
}

/// One device with its names.
#[derive(Clone, Debug)]
pub(in crate::host) struct Fact<'a> {
    pub(in crate::host) device: &'a Device,
    pub(in crate::host) class_name: String,
    pub(in crate::host) name: Option<String>,
    pub(in crate::host) board: Option<String>,
    pub(in crate::host) ours: Ours,
    /// Where the claim copied its ROM to.
    pub(in crate::host) rom: Option<String>,
    /// Whether no driver means that it is not known.
    driver_unknown: bool,
}

impl<'a> Fact<'a> {
    pub(in crate::host) fn of(snapshot: &HostSnapshot<'_>, device: &'a Device) -> Self {
        Self {
            device,
            class_name: snapshot.names().class(device.class),
            name: snapshot.names().device(device.id),
            board: snapshot.names().board(device.id),
            ours: ours(snapshot.report.as_ref(), device),
            rom: snapshot
                .report
                .as_ref()
                .and_then(|report| report.device(device.address)?.rom()),
            driver_unknown: snapshot.machine.unknown.drivers,
        }
    }

    /// The driver, `-` for none and `?` where that is not known.
    pub(in crate::host) fn driver_word(&self) -> &'a str {
        match (&self.device.driver, self.driver_unknown) {
            (Some(driver), _) => driver.as_str(),
            (None, true) => "?",
            (None, false) => "-",
        }
    }
}

fn ours(report: Option<&Report>, device: &Device) -> Ours {
    let reported = report.and_then(|report| report.device(device.address));
    match reported.filter(|reported| reported.is_ours()) {
        None => Ours::No,
        Some(reported)
            if reported.driver_after.as_deref()
                == device.driver.as_ref().map(DriverName::as_str) =>
        {
            Ours::Yes
        }
        Some(_) => Ours::Lost,
    }
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub(in crate::host) struct FactEntry {
    address: String,
    path: Option<String>,
    vendor: String,
    device: String,
    subsystem_vendor: String,
    subsystem_device: String,
    class: String,
    class_name: String,
    name: Option<String>,
    board: Option<String>,
    iommu_group: Option<u32>,
    driver: Option<String>,
    driver_override: Option<String>,
    ours: bool,
    no_answer: bool,
    boot_display: Option<bool>,
    reset_methods: Vec<String>,
    numa_node: Option<u32>,
    serial: Option<String>,
    rom: Option<String>,
    modules: Vec<String>,
}

impl FactEntry {
    pub(in crate::host) fn of(fact: &Fact<'_>) -> Self {
        let Device { id, details, .. } = fact.device;
        let details = details.as_deref().cloned().unwrap_or_default();
        let word = |number: u16| format!("{number:04x}");
        let list = |text: Option<Box<str>>| {
            let words = text
                .iter()
                .flat_map(|text| text.split([' ', ',']))
                .map(str::to_owned);
            words.filter(|word| !word.is_empty()).collect()
        };
        Self {
            address: fact.device.address.to_string(),
            path: fact.device.path.as_ref().map(ToString::to_string),
            vendor: word(id.vendor),
            device: word(id.device),
            subsystem_vendor: word(id.subvendor),
            subsystem_device: word(id.subdevice),
            class: fact.device.class.to_string(),
            class_name: fact.class_name.clone(),
            name: fact.name.clone(),
            board: fact.board.clone(),
            iommu_group: fact.device.group.map(|group| group.0),
            driver: fact.device.driver.as_ref().map(ToString::to_string),
            driver_override: fact
                .device
                .driver_override
                .as_ref()
                .map(ToString::to_string),
            ours: fact.ours == Ours::Yes,
            no_answer: fact.device.no_answer,
            boot_display: fact.device.boot_display,
            reset_methods: list(details.reset_methods),
            numa_node: details.numa_node,
            serial: fact.device.serial.map(|serial| serial.to_string()),
            rom: fact.rom.clone(),
            modules: list(details.modules),
        }
    }
}

/// `vfio-early list --json`.
#[derive(Debug, Serialize)]
pub struct Listing {
    schema: u32,
    iommu: ReportIommu,
    /// Facts that are not known, so that null and empty do not mean none.
    unknown: Vec<String>,
    devices: Vec<FactEntry>,
}

impl Listing {
    /// Lists the devices in `shown`.
    pub fn new(
        snapshot: &HostSnapshot<'_>,
        iommu: &crate::plan::IommuVerdict,
        shown: &[&Device],
    ) -> Self {
        let unknown = snapshot.machine.unknown.to_string();
        let fact = |device: &&Device| FactEntry::of(&Fact::of(snapshot, device));
        Self {
            schema: 1,
            iommu: ReportIommu::of(iommu),
            unknown: unknown.split_whitespace().map(str::to_owned).collect(),
            devices: shown.iter().map(fact).collect(),
        }
    }
}
