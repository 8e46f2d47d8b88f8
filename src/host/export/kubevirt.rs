//! KubeVirt's list of devices that virtual machines may ask for, as a patch of the KubeVirt resource.
//!
//! Source: KubeVirt's user guide, "Host devices assignment": a device is named by vendor and device id, and each that
//! is on vfio-pci is given away under the resource's name; its `discoverPermittedHostPCIDevices()` passes over those
//! on another driver.

use super::by_id::by_id;
use crate::pci::{Device, DriverName};

const HEAD: &str = "\
spec:
  configuration:
    permittedHostDevices:
      pciHostDevices:
";

pub(super) fn permitted(devices: &[&Device]) -> String {
    let mut text = HEAD.to_owned();
    for ((vendor, device), list) in by_id(devices) {
        text.push_str("        #");
        for device in list {
            text.push_str(&format!(" {}", device.address));
            if let Some(driver) = device.driver.as_ref().filter(|driver| is_variant(driver)) {
                text.push_str(&format!(" (not given away: it is on {driver})"));
            }
        }
        text.push_str(&format!(
            "\n        - pciVendorSelector: \"{vendor:04X}:{device:04X}\"\n          \
             resourceName: \"vfio-early/{vendor:04x}-{device:04x}\"\n"
        ));
    }
    text
}

/// Whether this is a VFIO driver for one kind of device.
fn is_variant(driver: &DriverName) -> bool {
    driver.is_vfio() && driver.as_str() != "vfio-pci"
}
