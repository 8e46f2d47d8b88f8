//! The facts about one function that sysfs has in files of their own.
//!
//! Source: Linux's Documentation/ABI/testing/sysfs-bus-pci.

use crate::pci::{
    Address, BARS, Details, Device, DevicePath, DriverName, GroupId, HeaderType, Resizable,
    SerialNumber,
};
use crate::sys::{Root, SysPath};

/// Reads what only a device needs that may be claimed. Unless it may `wake` one that sleeps, whether that one answers is not
/// known; a bridge is read anyway.
pub(super) fn complete(root: &Root, device: &mut Device, wake: bool) {
    if device.path.is_none() {
        device.path = path(root, device.address);
    }
    let text = |file| text(root, device.address, file);
    device.group = group(root, device.address);
    device.driver_override = driver_override(root, device.address);
    let number = |file| text(file)?.parse().ok();
    device.virtual_limit = number("sriov_totalvfs").unwrap_or(0);
    if device.virtual_limit > 0 {
        device.virtual_functions = number("sriov_numvfs").unwrap_or(0);
    }
    let asleep = || text("power/runtime_status").is_some_and(|status| status == "suspended");
    if device.class.is_bridge() || wake || !asleep() {
        let config = header(root, device.address).unwrap_or_default();
        device.no_answer = has_no_answer(&config);
        if device.class.is_bridge() {
            device.header = HeaderType::from_config(&config);
        }
    }
    if device.class.is_vga() {
        device.boot_display = text("boot_vga").map(|flag| flag == "1");
    }
}

/// The header in the configuration space. Only so much is read as every user may, since a read of the whole space takes
/// long. It wakes a sleeping device.
fn header(root: &Root, address: Address) -> Option<Vec<u8>> {
    let mut start = [0; 64];
    let place = SysPath::DeviceFile(address, "config");
    let length = root.start(place, &mut start).ok()?;
    start.get(..length).map(<[u8]>::to_vec)
}

/// Whether a header is what is read of a device that does not answer. Of a virtual function the ids alone read as ones.
fn has_no_answer(header: &[u8]) -> bool {
    !header.is_empty() && header.iter().all(|byte| *byte == 0xff)
}

/// The one driver that may bind the device. The kernel prints a null pointer where there is none; a line without its end
/// was cut off, and is not the name.
fn driver_override(root: &Root, address: Address) -> Option<DriverName> {
    let bytes = root.attribute(SysPath::DeviceFile(address, "driver_override"));
    let text = String::from_utf8(bytes.ok()?).ok()?;
    let name = text.strip_suffix('\n').filter(|name| *name != "(null)")?;
    name.parse().ok()
}

/// Reads what only a person wants to know.
pub(super) fn details(root: &Root, address: Address) -> Details {
    let text = |file: &str| text(root, address, file);
    let resizable = |bar| {
        let mask = text(&format!("resource{bar}_resize"))?;
        let sizes = u64::from_str_radix(&mask, 16).ok()?;
        Some(Resizable { bar, sizes })
    };
    Details {
        reset_methods: text("reset_method")
            .filter(|methods| !methods.is_empty())
            .map(String::into_boxed_str),
        // -1 where the machine has no nodes, or the firmware does not describe them.
        numa_node: text("numa_node").and_then(|node| node.parse().ok()),
        resizable: BARS.into_iter().filter_map(resizable).collect(),
        rom: root.exists(SysPath::DeviceFile(address, "rom")),
        modules: None,
    }
}

/// The function that the one at `address` is a virtual one of.
pub(super) fn physical(root: &Root, address: Address) -> Option<Address> {
    function_of(&root.link(SysPath::DeviceFile(address, "physfn")).ok()??)
}

/// The virtual functions of the one at `address`, in the order of their addresses.
pub fn virtual_functions(root: &Root, address: Address) -> Vec<Address> {
    let mut names = root.list(SysPath::Device(address)).unwrap_or_default();
    names.retain(|name| name.starts_with("virtfn"));
    let link = |name: &String| root.link(SysPath::DeviceFile(address, name)).ok()?;
    let functions = names.iter().filter_map(|name| function_of(&link(name)?));
    let mut functions: Vec<Address> = functions.collect();
    functions.sort_unstable();
    functions
}

/// The function that a link leads to.
fn function_of(target: &str) -> Option<Address> {
    target.rsplit('/').next()?.parse().ok()
}

pub(super) fn serial(root: &Root, address: Address) -> Option<SerialNumber> {
    SerialNumber::from_config(
        &root
            .attribute(SysPath::DeviceFile(address, "config"))
            .ok()?,
    )
}

/// The one line of an attribute.
fn text(root: &Root, address: Address, file: &str) -> Option<String> {
    let bytes = root.attribute(SysPath::DeviceFile(address, file)).ok()?;
    Some(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

pub(super) fn path(root: &Root, address: Address) -> Option<DevicePath> {
    root.link(SysPath::Device(address))
        .ok()
        .flatten()
        .and_then(|target| DevicePath::from_link(&target))
}

/// The group of a device now; some kernels make it only when a driver probes.
pub fn group(root: &Root, address: Address) -> Option<GroupId> {
    let target = root
        .link(SysPath::DeviceFile(address, "iommu_group"))
        .ok()
        .flatten()?;
    target.rsplit('/').next()?.parse().ok()
}
