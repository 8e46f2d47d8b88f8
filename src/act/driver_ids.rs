//! Takes from drivers the ids that they were given themselves, and gives back what they took by them.
//!
//! Source: `remove_id` in Linux's Documentation/ABI/testing/sysfs-bus-pci: what is bound stays bound, and an id that is
//! not there is an error that changes nothing.

use super::holder::{driver_of, give_back};
use super::{NO_OVERRIDE, module, unbind};
use crate::pci::{DriverName, IdPattern};
use crate::plan::{Availability, IdsReturn, Plan, Reason, Warning};
use crate::sys::{Root, SysPath};

/// Loads the drivers that were given ids, without them, where nothing is claimed; then as [`take_ids`].
pub fn keep_ids_off(root: &Root, plan: &Plan) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (driver, availability) in &plan.loads {
        let Availability::Loads(loads) = availability else {
            continue;
        };
        if let Err(reason) = module::load(root, &plan.kernel, driver, loads) {
            warnings.push(reason.into());
        }
    }
    warnings.extend(take_ids(root, plan));
    warnings
}

/// Takes the ids of `plan` from the drivers that hold them, and gives back to the host what is not to be claimed.
pub(super) fn take_ids(root: &Root, plan: &Plan) -> Vec<Warning> {
    let taken = &plan.taken_by_ids;
    for (driver, id) in &taken.ids {
        let file = SysPath::DriverFile(driver, "remove_id");
        // With the id, the next probe would bind the device again. An id that the driver does not have is no loss.
        if let Err(error) = root.write(file, &fields(id)) {
            log::debug!(target: "vfio-early", "{error}");
        }
    }
    let mut warnings = Vec::new();
    let jobs = taken.returns.iter().enumerate();
    let jobs = jobs.map(|(index, one)| unbind::Job {
        index,
        address: one.address,
        driver: one.driver.clone(),
    });
    for (job, _, outcome) in unbind::all(root, jobs.collect(), plan.timeout) {
        let Some(one) = taken.returns.get(job.index) else {
            continue;
        };
        let outcome = outcome.map_err(|reason| reason.fact());
        let reason = Reason::TakenByIds {
            driver: one.driver.clone(),
            origin: one.origin.clone(),
            kept: outcome.and_then(|()| offer(root, one)).err(),
        };
        warnings.push(Warning::device(one.address, reason));
    }
    warnings
}

/// Offers a device to the drivers of the host.
fn offer(root: &Root, one: &IdsReturn) -> Result<(), String> {
    let before = one.driver_override.as_ref();
    let text = before.map_or(NO_OVERRIDE, DriverName::as_str);
    give_back(root, one.address, text).map_err(|error| error.to_string())?;
    match driver_of(root, one.address) {
        Ok(Some(driver)) if driver == one.driver => Err(format!("{driver} took it again")),
        _ => Ok(()),
    }
}

/// An id as `remove_id` takes it.
fn fields(id: &IdPattern) -> String {
    let [vendor, device, subvendor, subdevice] = [id.vendor, id.device, id.subvendor, id.subdevice];
    format!(
        "{vendor:x} {device:x} {subvendor:x} {subdevice:x} {:x} {:x}",
        id.class, id.mask
    )
}
