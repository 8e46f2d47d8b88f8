//! KubeVirt's list of devices that virtual machines may ask for, as a patch of the KubeVirt resource.
//!
//! *Pure.* Source of truth: KubeVirt's user guide, "Host devices assignment": a device is named by vendor and device id,
//! and each that is on vfio-pci is given away under the resource's name. To add one: nothing.

use super::by_id;
use crate::pci::Device;

const HEAD: &str = "\
spec:
  configuration:
    permittedHostDevices:
      pciHostDevices:
";

pub(super) fn permitted(devices: &[&Device]) -> String {
    let mut text = HEAD.to_owned();
    for ((vendor, device), list) in by_id(devices) {
        let addresses: Vec<String> = list.iter().map(|one| one.address.to_string()).collect();
        text.push_str(&format!(
            "        # {}\n        - pciVendorSelector: \"{vendor:04X}:{device:04X}\"\n          \
             resourceName: \"vfio-early/{vendor:04x}-{device:04x}\"\n",
            addresses.join(" ")
        ));
    }
    text
}
