//! What a boot that claims nothing does about drivers that were given ids themselves.

use crate::act;
use crate::config::Request;
use crate::machine::{Machine, ModprobeConfig};
use crate::pci::DriverName;
use crate::plan::{Place, Plan};
use crate::sys::Root;

/// Whether drivers were given ids that must not take devices past the request.
pub(super) fn limits_ids(root: &Root, request: &Request) -> bool {
    if !request.limits_drivers() {
        return false;
    }
    let modules = request.drivers_wanted();
    let modules = modules.iter().map(DriverName::module).collect();
    !request.driver_ids.is_empty() || !ModprobeConfig::ids(root, modules).is_empty()
}

/// Claims nothing, and sees to it that no driver takes a device by ids of its own.
pub(super) fn keep_ids_off(root: &Root, request: &Request) {
    match Machine::read(root, request) {
        Ok(machine) => {
            let plan = Plan::new(request, &machine);
            for warning in act::keep_ids_off(root, &plan) {
                log::warn!(target: "vfio-early", "{}", warning.message(Place::Boot));
            }
        }
        Err(error) => {
            log::warn!(target: "vfio-early", "{error}; drivers may take devices by their own ids")
        }
    }
}
