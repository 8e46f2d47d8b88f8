//! The report of the boot, brought up to what was bound and released by hand since.

use super::schema::{Report, ReportAbout, ReportBlocker, ReportDevice, ReportWarning, SCHEMA};
use crate::pci::{Address, DriverName};

/// What became of a device that was given back by hand.
pub const RELEASED: &str = "released";

impl Report {
    /// The report with what `bound`, the report of a claim made by hand, made ours. What that claim could not get is as it
    /// was before, and so are the messages about it.
    pub fn with_bound(stored: Option<Self>, bound: Self) -> Self {
        let mut report = stored.unwrap_or_else(|| Self {
            mode: "bind".to_owned(),
            requests: Vec::new(),
            devices: Vec::new(),
            groups: Vec::new(),
            warnings: Vec::new(),
            ..bound.clone()
        });
        let kept = |device: &ReportDevice| device.is_ours() || device.is_held();
        for device in bound.devices.into_iter().filter(kept) {
            let at = report.place(&device.address);
            match report.devices.get_mut(at) {
                // Who found it ours before knows what it was.
                Some(known) if known.address == device.address => {
                    let again = match device.outcome.as_str() {
                        "already" => known.is_ours(),
                        _ => device.is_held() && known.is_held(),
                    };
                    if !again {
                        *known = device;
                    }
                }
                _ => report.devices.insert(at, device),
            }
        }
        for request in bound.requests {
            if !report.requests.contains(&request) {
                report.requests.push(request);
            }
        }
        for group in bound.groups {
            report.forget_group(group.id);
            let about = ReportAbout::Group(group.id);
            let same = |warning: &&ReportWarning| warning.about == about;
            let warnings: Vec<_> = bound.warnings.iter().filter(same).cloned().collect();
            report.warnings.extend(warnings);
            report.groups.push(group);
        }
        report.groups.sort_unstable_by_key(|group| group.id);
        report
    }

    /// Records that the device at `address` was given back by hand, to `driver`; `false` where the report does not know it.
    pub fn release(&mut self, address: Address, driver: Option<&DriverName>) -> bool {
        let address = address.to_string();
        let mut devices = self.devices.iter_mut();
        let Some(device) = devices.find(|device| device.address == address) else {
            return false;
        };
        device.outcome = RELEASED.to_owned();
        device.driver_after = driver.map(ToString::to_string);
        (device.code, device.fact, device.fix, device.message) = (None, None, None, None);
        let Some(id) = device.iommu_group else {
            return true;
        };
        let others = |device: &ReportDevice| device.iommu_group == Some(id) && device.is_ours();
        if !self.devices.iter().any(others) {
            self.forget_group(id);
        } else if let Some(driver) = driver {
            let mut groups = self.groups.iter_mut();
            if let Some(group) = groups.find(|group| group.id == id) {
                group.viable = false;
                group.blockers.push(ReportBlocker {
                    address,
                    driver: driver.to_string(),
                    code: None,
                });
            }
        }
        true
    }

    /// A report of nothing but what became of these devices.
    pub fn of_devices(devices: Vec<ReportDevice>) -> Self {
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: "release".to_owned(),
            devices,
            ..Self::default()
        }
    }

    /// Where the device at `address` is, or would be, in the order of addresses.
    pub(super) fn place(&self, address: &str) -> usize {
        let number = |text: &str| text.parse::<Address>().ok();
        self.devices
            .partition_point(|device| number(&device.address) < number(address))
    }

    pub(super) fn forget_group(&mut self, id: u32) {
        self.groups.retain(|group| group.id != id);
        self.warnings
            .retain(|warning| warning.about != ReportAbout::Group(id));
    }
}
