//! Where a device stands now against what the claim left: a line for a person, an object for a program.
//!
//! Source: the report and the `driver` link; the link wins.

use std::fmt;

use serde::Serialize;

use crate::host::usage::users::User;
use crate::pci::{Address, Device, DriverName};
use crate::report::{RELEASED, ReportDevice, ReportPreparation};

/// The state in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// It is on the driver that was wanted, or on one of ours where none was named.
    Ours,
    /// No driver has it, as the claim left it.
    Held,
    /// The claim had it, and another driver has taken it since.
    TakenBack,
    /// The bus has no such device.
    Gone,
    /// It does not answer: no virtual machine can use it, whichever driver has it.
    NoAnswer,
    /// The claim left it with the host.
    Refused,
    /// The claim did not succeed.
    Failed,
    /// Its owner gave it back by hand.
    Released,
    /// It was not claimed.
    NotClaimed,
}

/// One device, then and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeviceStatus {
    /// Where it is.
    pub address: String,
    /// Vendor and device, where the device is there.
    pub id: Option<String>,
    /// The state in one word.
    pub state: DeviceState,
    /// The driver that has it now.
    pub driver: Option<String>,
    /// The same where the device is not ours: who has it instead.
    pub taken_by: Option<String>,
    /// The driver that the claim was to give it.
    pub driver_wanted: Option<String>,
    /// Who uses it.
    pub users: Vec<User>,
    /// Why the claim left it, as in the report.
    pub code: Option<String>,
    /// The same in words.
    pub message: Option<String>,
    /// What the claim did to it before its driver came.
    pub preparations: Vec<ReportPreparation>,
}

impl DeviceStatus {
    /// Judges the device at `address` by what the report has about it, what it is now and who uses it.
    pub fn new(
        address: Address,
        reported: Option<&ReportDevice>,
        device: Option<&Device>,
        users: Vec<User>,
    ) -> Self {
        let driver = device.and_then(|device| device.driver.as_ref());
        let reported = reported.cloned().unwrap_or_default();
        let wanted = (!reported.driver_wanted.is_empty()).then_some(reported.driver_wanted.clone());
        let ours = match &wanted {
            Some(wanted) => driver.is_some_and(|driver| driver.as_str() == wanted),
            None => driver.is_some_and(gives_away),
        };
        let kept = device.and_then(|device| device.driver_override.as_ref());
        let held = driver.is_none() && kept == Some(&DriverName::none());
        let state = match reported.outcome.as_str() {
            _ if device.is_none() => DeviceState::Gone,
            _ if device.is_some_and(|device| device.no_answer) => DeviceState::NoAnswer,
            // Its driver took it by ids of its own, against a guard or an exclusion.
            "refused" => DeviceState::Refused,
            _ if ours => DeviceState::Ours,
            "held" if held => DeviceState::Held,
            "claimed" | "already" | "held" => DeviceState::TakenBack,
            "failed" => DeviceState::Failed,
            RELEASED => DeviceState::Released,
            _ => DeviceState::NotClaimed,
        };
        Self {
            address: address.to_string(),
            id: device.map(|device| device.id.to_string()),
            state,
            driver: driver.map(ToString::to_string),
            taken_by: driver
                .filter(|_| state != DeviceState::Ours)
                .map(ToString::to_string),
            driver_wanted: wanted,
            users,
            code: reported.code,
            message: reported.message,
            preparations: reported.preparations,
        }
    }

    /// Whether a virtual machine can count on it.
    pub fn is_ours(&self) -> bool {
        self.state == DeviceState::Ours
    }

    /// Whether it is as the claim was to leave it.
    pub fn is_kept(&self) -> bool {
        matches!(self.state, DeviceState::Ours | DeviceState::Held)
    }
}

/// Whether a device on this driver is kept for virtual machines.
fn gives_away(driver: &DriverName) -> bool {
    driver.is_vfio() || *driver == DriverName::pci_stub()
}

impl fmt::Display for DeviceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)?;
        if let Some(id) = &self.id {
            write!(f, " ({id})")?;
        }
        f.write_str(": ")?;
        let driver = self.driver.as_deref().unwrap_or("no driver");
        match self.state {
            DeviceState::Ours => write!(f, "ours, on {driver}")?,
            DeviceState::Held => f.write_str("held: no driver gets it")?,
            DeviceState::TakenBack => write!(f, "taken back since the claim, now on {driver}")?,
            DeviceState::Gone => f.write_str("gone: there is no such device")?,
            DeviceState::NoAnswer => write!(f, "does not answer, on {driver}")?,
            DeviceState::Refused if self.driver == self.driver_wanted => {
                write!(f, "refused, but {driver} has taken it by ids of its own")?;
            }
            DeviceState::Refused => write!(f, "refused, on {driver}")?,
            DeviceState::Failed => write!(f, "failed, on {driver}")?,
            DeviceState::Released => write!(f, "released by hand, on {driver}")?,
            DeviceState::NotClaimed => write!(f, "not claimed, on {driver}")?,
        }
        for (index, user) in self.users.iter().enumerate() {
            let before = if index == 0 { "; in use by" } else { "," };
            write!(f, "{before} {} ({})", user.command, user.pid)?;
        }
        if self.state == DeviceState::Ours {
            for one in &self.preparations {
                write!(f, "; {one}")?;
            }
        }
        match (&self.message, self.state) {
            (Some(message), DeviceState::Refused | DeviceState::Failed) => {
                let code = self.code.as_deref().unwrap_or("no-code");
                write!(f, "; {code}: {message}")
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(driver: Option<&str>) -> Option<Device> {
        let line = format!(
            "0000:03:00.0 10de:1200 1458:3510 030000 {} 12",
            driver.unwrap_or("-")
        );
        let machine: crate::machine::Machine = line.parse().ok()?;
        machine.bus.devices.into_iter().next()
    }

    fn reported(outcome: &str) -> ReportDevice {
        ReportDevice {
            outcome: outcome.to_owned(),
            driver_wanted: "vfio-pci".to_owned(),
            code: Some("bind-failed".to_owned()),
            message: Some("Invalid argument".to_owned()),
            ..ReportDevice::default()
        }
    }

    fn line(outcome: Option<&str>, driver: Option<&str>) -> (DeviceState, String) {
        let address = Address {
            domain: 0,
            bus: 3,
            device: 0,
            function: 0,
        };
        let status = DeviceStatus::new(
            address,
            outcome.map(reported).as_ref(),
            device(driver).as_ref(),
            Vec::new(),
        );
        let text = status.to_string();
        let text = text.trim_start_matches("0000:03:00.0 (10de:1200): ");
        (status.state, text.to_owned())
    }

    #[test]
    fn the_current_driver_decides_and_the_report_has_the_reason() {
        for (outcome, driver, state, text) in [
            (
                Some("claimed"),
                Some("vfio-pci"),
                DeviceState::Ours,
                "ours, on vfio-pci",
            ),
            (
                Some("claimed"),
                Some("nouveau"),
                DeviceState::TakenBack,
                "taken back since the claim, now on nouveau",
            ),
            (
                Some("already"),
                None,
                DeviceState::TakenBack,
                "taken back since the claim, now on no driver",
            ),
            (
                Some("failed"),
                Some("vfio-pci"),
                DeviceState::Ours,
                "ours, on vfio-pci",
            ),
            (
                Some("failed"),
                None,
                DeviceState::Failed,
                "failed, on no driver; bind-failed: Invalid argument",
            ),
            (
                Some("refused"),
                Some("vfio-pci"),
                DeviceState::Refused,
                "refused, but vfio-pci has taken it by ids of its own; bind-failed: Invalid argument",
            ),
            (
                Some("planned"),
                Some("nouveau"),
                DeviceState::NotClaimed,
                "not claimed, on nouveau",
            ),
            (
                None,
                Some("pci-stub"),
                DeviceState::Ours,
                "ours, on pci-stub",
            ),
            (
                None,
                Some("nouveau"),
                DeviceState::NotClaimed,
                "not claimed, on nouveau",
            ),
        ] {
            assert_eq!(line(outcome, driver), (state, text.to_owned()));
        }
    }

    #[test]
    fn a_device_that_is_gone_is_not_ours() {
        let address = Address {
            domain: 0,
            bus: 3,
            device: 0,
            function: 0,
        };
        let status = DeviceStatus::new(address, Some(&reported("claimed")), None, Vec::new());
        assert!(!status.is_ours());
        assert_eq!(
            status.to_string(),
            "0000:03:00.0: gone: there is no such device"
        );
    }
}
