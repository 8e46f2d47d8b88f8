//! Gives devices back to the host: by command, and where a claim failed.
//!
//! Source: facts measured on 6.1, 6.12 and 7.2: to clear an override unbinds nothing; `drivers_probe` reports success
//! even where nothing bound, so only the `driver` link counts.

use std::time::Duration;

use super::holder::driver_of;
use super::{NO_OVERRIDE, unbind};
use crate::pci::{Address, DriverName};
use crate::plan::{About, Outcome, OutcomeKind, Reason, Warning};
use crate::sys::{Error, Root, SysPath};

/// A device to be given back.
#[derive(Clone, Debug)]
pub struct Return {
    /// The device.
    pub address: Address,
    /// The driver that is to let go of it; `None` where none has it.
    pub driver: Option<DriverName>,
    /// The driver that it had before, where that is known.
    pub before: Option<DriverName>,
}

/// What became of one: the driver that it has then, and why that is not the host's.
pub type Returned = (Option<DriverName>, Option<Reason>);

/// Gives all devices of `returns` back, each to the driver that it had, or to whom the kernel chooses. One that this driver
/// does not take goes back to where it was.
pub fn release(root: &Root, returns: &[Return], timeout: Duration) -> Vec<Returned> {
    // A host driver that is not there would leave the device alone.
    for one in returns {
        load_driver(root, one);
    }
    let mut stuck: Vec<Option<Reason>> = returns.iter().map(|_| None).collect();
    let held = returns.iter().enumerate();
    let jobs = held.filter_map(|(index, one)| {
        Some(unbind::Job {
            index,
            address: one.address,
            driver: one.driver.clone()?,
        })
    });
    for (job, _, outcome) in unbind::all(root, jobs.collect(), timeout) {
        if let (Some(stuck), Err(reason)) = (stuck.get_mut(job.index), outcome) {
            if matches!(reason, Reason::UnbindTimeout { .. }) {
                // When it is let go of at last, it goes back to where it was.
                let _ = root.start_give_back(&job.driver, job.address, job.driver.as_str());
            }
            *stuck = Some(reason);
        }
    }
    let fates = returns.iter().zip(stuck);
    let fates = fates.map(
        |(one, stuck)| match stuck.map_or_else(|| hand_over(root, one), Err) {
            Ok(driver) => (driver, None),
            Err(reason) => (holder(root, one.address), Some(reason)),
        },
    );
    fates.collect()
}

/// Has the system load the host driver of a device, as its own hot plug would; what it does not want is left out.
fn load_driver(root: &Root, one: &Return) {
    let there = |driver| root.exists(SysPath::Driver(driver));
    if one.before.as_ref().is_some_and(there) {
        return;
    }
    let alias = root.attribute(SysPath::DeviceFile(one.address, "modalias"));
    let alias = String::from_utf8(alias.unwrap_or_default()).unwrap_or_default();
    if alias.starts_with("pci:") {
        // Whether that brought a driver is seen by the link.
        if let Err(error) = root.modprobe(&["-b", alias.trim_end()]) {
            log::debug!(target: "vfio-early", "{error}");
        }
    }
}

/// Gives a device that no driver has to the one that it had, or to whom the kernel chooses.
fn hand_over(root: &Root, one: &Return) -> Result<Option<DriverName>, Reason> {
    let address = one.address;
    let place = SysPath::DeviceFile(address, "driver_override");
    let clear = || root.write(place, NO_OVERRIDE);
    if let Err(error) = clear().or_else(|_| clear()) {
        return take_back(root, one, &error.to_string());
    }
    let before = one.before.as_ref();
    let refused = before.and_then(|driver| bind(root, driver, address).err());
    // Where it has a driver now, that changes nothing.
    let probe = || root.write(SysPath::DriversProbe, &address.to_string());
    let _ = probe().or_else(|_| probe());
    let found = look(root, address).map_err(|error| Reason::NotGivenBack {
        error: error.to_string(),
    })?;
    match (found, before) {
        (found, _) if found.is_some() && found != one.driver => Ok(found),
        (None, None) => Ok(None),
        _ => {
            let error = refused.map(|error| error.to_string());
            take_back(
                root,
                one,
                &error.unwrap_or("no driver of the host took it".to_owned()),
            )
        }
    }
}

/// The driver that the device has; an error that does not last is none.
fn look(root: &Root, address: Address) -> Result<Option<DriverName>, Error> {
    driver_of(root, address).or_else(|_| driver_of(root, address))
}

/// The same, where no driver is known as well as none.
fn holder(root: &Root, address: Address) -> Option<DriverName> {
    look(root, address).unwrap_or(None)
}

/// Puts a device that the host did not take back on the driver that it came from.
fn take_back(root: &Root, one: &Return, error: &str) -> Result<Option<DriverName>, Reason> {
    let address = one.address;
    let place = SysPath::DeviceFile(address, "driver_override");
    if let Some(ours) = &one.driver {
        let again = || {
            // It may still be there.
            let _ = root.write(place, ours.as_str());
            bind(root, ours, address)
        };
        let _ = again().or_else(|_| again());
    }
    let state = match holder(root, address) {
        // Another program of the host was faster.
        found if found.is_some() && found != one.driver => {
            let _ = root.write(place, NO_OVERRIDE);
            return Ok(found);
        }
        Some(driver) => format!("it is on {driver} again"),
        None => "no driver has it now".to_owned(),
    };
    Err(Reason::NotGivenBack {
        error: format!("{error}; {state}"),
    })
}

/// Binds a device; one that is bound so already is.
fn bind(root: &Root, driver: &DriverName, address: Address) -> Result<(), Error> {
    let place = SysPath::DriverFile(driver, "bind");
    match root.write(place, &address.to_string()) {
        Err(_) if holder(root, address).as_ref() == Some(driver) => Ok(()),
        written => written,
    }
}

/// Looks whether each device whose claim failed is with the driver that it had, and sees to it where none has it. What
/// `warnings` contains about that is updated.
pub(super) fn see_back(root: &Root, outcomes: &mut [Outcome], warnings: &mut Vec<Warning>) {
    for outcome in outcomes {
        let device = &outcome.entry.device;
        let left = matches!(
            outcome.reason,
            Some(Reason::UnbindTimeout { .. } | Reason::Vanished { .. })
        );
        let Some(before) = device.driver.as_ref() else {
            continue;
        };
        if outcome.kind != OutcomeKind::Failed
            || left
            || outcome.driver_after.as_ref() == Some(before)
        {
            continue;
        }
        let again = bind(root, before, device.address);
        outcome.driver_after = holder(root, device.address);
        let about = About::Device(device.address);
        let stale = |warning: &Warning| {
            warning.about == about && matches!(warning.reason, Reason::NotGivenBack { .. })
        };
        warnings.retain(|warning| !stale(warning));
        if outcome.driver_after.as_ref() != Some(before) {
            let error = match again {
                Err(error) => error.to_string(),
                Ok(()) => format!("{before} did not bind it again"),
            };
            let reason = Reason::NotGivenBack { error };
            warnings.push(Warning { about, reason });
        }
    }
}
