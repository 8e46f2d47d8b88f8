//! Brings an IOMMU into use whose driver is a module, before the plan is made: virtio-iommu.
//!
//! Source: Linux's drivers/iommu/virtio-iommu.c; 6.12 makes a group when a driver probes, 7.2 makes all of them at
//! once.

use super::holder::give_back;
use super::module;
use crate::config::Request;
use crate::machine::Machine;
use crate::pci::{Address, DriverName};
use crate::plan::{Decision, IommuVerdict, Plan, Reason, Warning};
use crate::sys::{Root, SysPath};

/// A device that is to be claimed once there is an IOMMU: its driver, and the override that it had.
type PendingClaim = (Address, DriverName, Option<DriverName>);

/// Returns `machine` as it is with its IOMMU in use, and what went wrong on the way. Until then the kernel lets no driver
/// have a device that the IOMMU covers, pci-stub as little as vfio-pci.
///
/// The overrides of the devices to be claimed come first: a module that brings up the IOMMU's own device can take
/// others with it. A device that is refused in the end gets its old override back.
pub(super) fn with_iommu(
    root: &Root,
    request: &Request,
    mut machine: Machine,
) -> (Machine, Vec<Warning>) {
    let mut warnings = Vec::new();
    let loads = IommuVerdict::new(&machine, request).loads;
    if loads.is_empty() {
        return (machine, warnings);
    }
    let claims = claims(&Plan::new(request, &machine));
    if claims.is_empty() {
        return (machine, warnings);
    }
    for (address, driver, _) in &claims {
        let place = SysPath::DeviceFile(*address, "driver_override");
        // The claim writes it once more, and reports an error.
        if let Err(error) = root.write(place, driver.as_str()) {
            log::debug!(target: "vfio-early", "{error}");
        }
    }
    let loaded = module::load_all(root, &machine.kernel, &loads);
    machine.look_again(root, request, loaded.err());
    let plan = Plan::new(request, &machine);
    for (address, _, before) in claims {
        let text = before
            .as_ref()
            .map_or(super::NO_OVERRIDE, DriverName::as_str);
        if plan.is_claimed(address) {
            continue;
        }
        if let Err(error) = give_back(root, address, text) {
            let error = error.to_string();
            warnings.push(Warning::device(address, Reason::NotGivenBack { error }));
        }
    }
    (machine, warnings)
}

fn claims(plan: &Plan) -> Vec<PendingClaim> {
    let claims = plan
        .entries
        .iter()
        .filter(|entry| entry.decision == Decision::Claim);
    claims
        .map(|entry| {
            let device = &entry.device;
            (
                device.address,
                entry.driver.clone(),
                device.driver_override.clone(),
            )
        })
        .collect()
}
