//! The report of the boot with what became of devices that came later.

use super::schema::{Report, ReportRequest};
use crate::pci::Address;

impl Report {
    /// Adds what `later`, the report of a claim of some devices alone, has about these.
    pub fn add(&mut self, later: Self) {
        for device in later.devices {
            self.forget(&device.address);
            let at = self.place(&device.address);
            self.devices.insert(at, device);
        }
        for ask in later.requests {
            self.add_ask(ask);
        }
        for group in later.groups {
            self.forget_group(group.id);
            let at = self.groups.partition_point(|other| other.id < group.id);
            self.groups.insert(at, group);
        }
        for warning in later.warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    /// Forgets the device that was at `address` before.
    fn forget(&mut self, address: &str) {
        self.devices.retain(|device| device.address != address);
        self.warnings
            .retain(|warning| warning.about.device() != Some(address));
    }

    fn add_ask(&mut self, ask: ReportRequest) {
        let mut asks = self.requests.iter_mut();
        let same = |known: &&mut ReportRequest| {
            known.selector == ask.selector && known.origin == ask.origin
        };
        let Some(known) = asks.find(same) else {
            self.requests.push(ask);
            return;
        };
        let number = |text: &str| text.parse::<Address>().ok();
        for address in ask.matched {
            let matched = &mut known.matched;
            if !matched.contains(&address) {
                let at = matched.partition_point(|other| number(other) < number(&address));
                matched.insert(at, address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::schema::{ReportAbout, ReportDevice, ReportGroup, ReportWarning};

    fn device(address: &str, outcome: &str) -> ReportDevice {
        ReportDevice {
            address: address.to_owned(),
            outcome: outcome.to_owned(),
            ..ReportDevice::default()
        }
    }

    fn report(devices: &[(&str, &str)], matched: &[&str]) -> Report {
        Report {
            devices: devices.iter().map(|(at, word)| device(at, word)).collect(),
            requests: vec![ReportRequest {
                selector: "8086:10d3".to_owned(),
                matched: matched.iter().map(ToString::to_string).collect(),
                ..ReportRequest::default()
            }],
            ..Report::default()
        }
    }

    #[test]
    fn a_device_comes_to_its_place_and_takes_that_of_one_that_has_gone() {
        let mut boot = report(
            &[("0000:01:00.0", "refused"), ("10000:e1:00.0", "claimed")],
            &["0000:01:00.0", "10000:e1:00.0"],
        );
        let old = ReportWarning {
            about: ReportAbout::Device("0000:01:00.0".to_owned()),
            ..ReportWarning::default()
        };
        boot.warnings.push(old);
        boot.groups.push(ReportGroup {
            id: 7,
            ..ReportGroup::default()
        });
        let mut later = report(
            &[("0000:02:00.0", "claimed"), ("0000:01:00.0", "claimed")],
            &["0000:02:00.0", "0000:01:00.0"],
        );
        later.groups.push(ReportGroup {
            id: 7,
            viable: true,
            ..ReportGroup::default()
        });
        boot.add(later);
        let wanted = ["0000:01:00.0", "0000:02:00.0", "10000:e1:00.0"];
        let devices: Vec<_> = boot
            .devices
            .iter()
            .map(|device| device.address.as_str())
            .collect();
        assert_eq!(devices, wanted);
        assert!(boot.devices.iter().all(ReportDevice::is_ours));
        assert_eq!(boot.requests[0].matched, wanted);
        assert_eq!((boot.requests.len(), boot.groups.len()), (1, 1));
        assert!(boot.groups[0].viable && boot.warnings.is_empty());
    }
}
