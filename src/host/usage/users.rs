//! Which processes use devices, through VFIO or by other files.
//!
//! Source: Linux's Documentation/driver-api/vfio.rst: who uses a device holds `/dev/vfio/GROUP`, or
//! `/dev/vfio/devices/vfioN` of the newer interface; proc_pid_fd(5).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::pci::{Address, Device};
use crate::sys::{Root, SysPath};

/// A process that holds a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct User {
    /// Its number.
    pub pid: u32,
    /// Its name, as the kernel cuts it.
    pub command: String,
}

/// Which processes use which of `devices`, by address; a device that is not in use is not in it. Only root sees the files of all.
pub fn users(root: &Root, devices: &[&Device]) -> BTreeMap<Address, Vec<User>> {
    let handles: Vec<(String, Address)> = devices
        .iter()
        .flat_map(|device| handles(root, device))
        .collect();
    let mut users: BTreeMap<Address, Vec<User>> = BTreeMap::new();
    for ((_, address), user) in holders(root, &handles) {
        let users = users.entry(*address).or_default();
        if !users.contains(&user) {
            users.push(user);
        }
    }
    users
}

/// Each of `handles` (a file, and the device that it leads to) with a process that has it open.
pub fn holders<'h>(
    root: &Root,
    handles: &'h [(String, Address)],
) -> Vec<(&'h (String, Address), User)> {
    let mut holders = Vec::new();
    if handles.is_empty() {
        return holders;
    }
    for pid in processes(root) {
        for handle in held(root, pid, handles) {
            let command = command(root, pid);
            holders.push((handle, User { pid, command }));
        }
    }
    holders
}

/// The files that a user of `device` has open.
fn handles(root: &Root, device: &Device) -> Vec<(String, Address)> {
    let group = device.group.map(|group| format!("/dev/vfio/{group}"));
    let nodes = root
        .list(SysPath::DeviceFile(device.address, "vfio-dev"))
        .unwrap_or_default();
    let nodes = nodes.iter().map(|name| format!("/dev/vfio/devices/{name}"));
    group
        .into_iter()
        .chain(nodes)
        .map(|path| (path, device.address))
        .collect()
}

fn processes(root: &Root) -> Vec<u32> {
    let names = root.list(SysPath::Processes).unwrap_or_default();
    let mut pids: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    pids
}

/// The files that the process has open; none where it has ended or its files are not shown.
fn held<'h>(root: &Root, pid: u32, handles: &'h [(String, Address)]) -> Vec<&'h (String, Address)> {
    let descriptors = root
        .list(SysPath::ProcessFile(pid, "fd"))
        .unwrap_or_default();
    let mut held = Vec::new();
    for descriptor in descriptors {
        let target = root.link(SysPath::ProcessDescriptor(pid, &descriptor));
        let Ok(Some(target)) = target else { continue };
        held.extend(handles.iter().filter(|(path, _)| *path == target));
    }
    held
}

fn command(root: &Root, pid: u32) -> String {
    let name = root
        .attribute(SysPath::ProcessFile(pid, "comm"))
        .unwrap_or_default();
    String::from_utf8_lossy(&name)
        .trim_end()
        .escape_debug()
        .to_string()
}
