//! Virtual functions: no host driver may have one, and they are made once the driver of their physical function is up.
//!
//! Source: `sriov_numvfs_store()` in Linux's drivers/pci/iov.c: it waits for a probe that is under way, wants a
//! driver, and returns when the functions are there; with `sriov_drivers_autoprobe` 0 a driver gets one only by its
//! override.

use super::holder::driver_of;
use crate::machine::virtual_functions;
use crate::pci::Address;
use crate::plan::{Outcome, OutcomeKind, Reason};
use crate::sys::{Error, Root, SysPath};

/// Keeps host drivers away from the virtual functions that are to come, where `outcome` is of such a device.
pub(super) fn hold_back(root: &Root, outcome: &mut Outcome) {
    if let Some(Reason::VfsLater { .. }) = outcome.reason {
        let place = SysPath::DeviceFile(outcome.entry.device.address, "sriov_drivers_autoprobe");
        if let Err(error) = root.write(place, "0") {
            let error = error.to_string();
            (outcome.kind, outcome.reason) =
                (OutcomeKind::Failed, Some(Reason::VfsFailed { error }));
        }
    }
}

/// Makes the virtual functions of each device in `outcomes` that has a driver by now; which were made.
///
/// No host driver may take them: [`apply`](super::apply) has seen to that.
pub fn make_virtual(root: &Root, outcomes: &mut [Outcome]) -> Vec<Address> {
    let mut made = Vec::new();
    for outcome in outcomes {
        if let Some(Reason::VfsLater { count }) = outcome.reason {
            match make(root, outcome.entry.device.address, count) {
                Ok(functions) => made.extend(functions),
                Err(error) => {
                    (outcome.kind, outcome.reason) =
                        (OutcomeKind::Failed, Some(Reason::VfsFailed { error }));
                }
            }
        }
    }
    made
}

fn make(root: &Root, address: Address, count: u16) -> Result<Vec<Address>, String> {
    let text = |error: Error| error.to_string();
    if driver_of(root, address).map_err(text)?.is_none() {
        return Ok(Vec::new());
    }
    let place = SysPath::DeviceFile(address, "sriov_numvfs");
    root.write(place, &count.to_string()).map_err(text)?;
    match virtual_functions(root, address) {
        made if made.is_empty() => Err("its driver made none, and gave no error".to_owned()),
        made => Ok(made),
    }
}
