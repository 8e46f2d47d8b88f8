//! What the running system does with its devices now: every mounted file system, swap, every route, who has a disk or
//! a display open, where the keyboards are.
//!
//! Source: as for `resolve.rs`; open(2) for `O_EXCL` on block devices, by which the kernel shows users that no
//! process here sees.

use super::users::holders;
use crate::config::Guard;
use crate::host::protect::host::{Host, Mount, Node};
use crate::host::protect::reach::functions;
use crate::host::protect::read::StorageReader;
use crate::host::protect::remark::Remark;
use crate::host::protect::resolve::{MEMORY, NETWORK, RequiredDevices};
use crate::host::protect::storage::HostStorage;
use crate::machine::Usage;
use crate::pci::Address;
use crate::sys::{Root, SysPath};

/// What the running system, of which `storage` is known, does with its devices, and what of that could not be known. Who
/// has one of `asked` open is asked of the kernel too.
pub fn usages(root: &Root, storage: &HostStorage, asked: &[Address]) -> (Vec<Usage>, Vec<Remark>) {
    let host = match &storage.host {
        Ok(host) => host,
        Err(cause) => {
            let cause = cause.clone();
            return (Vec::new(), vec![Remark::Blind { cause }]);
        }
    };
    let mut reader = StorageReader::new(root);
    let mut needs = RequiredDevices::of(host);
    for mount in others(host) {
        needs.walk(host, &mount.point).mount(mount);
    }
    let links = links(host);
    for (interface, need) in &links {
        needs.walk(host, need).interface(interface);
    }
    let mut usages = Vec::new();
    for (address, reasons) in std::mem::take(&mut needs.functions) {
        usages.extend(reasons.into_iter().map(|what| Usage {
            address,
            guard: Some(guard(&what, &links)),
            what,
        }));
    }
    usages.extend(open_displays(root, &mut reader));
    usages.extend(keyboards(&mut reader));
    usages.extend(disks(root, host, asked, &usages));
    let mut remarks = [storage.remarks.clone(), reader.remarks, needs.remarks].concat();
    remarks.retain(Remark::is_doubt);
    (usages, remarks)
}

/// What the walk found is of a network, or else of a disk.
fn guard(what: &str, links: &[(String, String)]) -> Guard {
    let by_link = links.iter().any(|(_, need)| need == what);
    if by_link || what.starts_with("network ") {
        Guard::Network
    } else {
        Guard::BootDisk
    }
}

/// The file systems mounted besides those that every list has: each once, and none that is on no device.
fn others(host: &Host) -> Vec<&Mount> {
    let mut found: Vec<&Mount> = Vec::new();
    for mount in &host.mounts {
        let kind = mount.kind.as_str();
        let known = NETWORK.contains(&kind) || kind == "zfs";
        let device = mount.number.0 != 0 || mount.source.starts_with("/dev/");
        // The layers of an overlay are mounted themselves.
        let odd = MEMORY.contains(&kind) || kind == "overlay" || kind.starts_with("fuse.");
        let twice = found.iter().any(|other| {
            (other.number, &other.kind, &other.source) == (mount.number, &mount.kind, &mount.source)
        });
        if (known || device && !odd) && !twice {
            found.push(mount);
        }
    }
    found
}

/// The interfaces that packets leave by, and those that are part of another one, each with its use.
fn links(host: &Host) -> Vec<(String, String)> {
    let mut links: Vec<(String, String)> = Vec::new();
    let routes = || host.routes.iter().filter(|route| !route.is_local());
    // The default route is more telling than the others of its interface.
    let (first, others) = (
        routes().filter(|route| route.is_default()),
        routes().filter(|route| !route.is_default()),
    );
    for route in first.chain(others) {
        let name = &route.interface;
        let kind = if route.is_default() {
            "default route"
        } else {
            "route"
        };
        if !links.iter().any(|(known, _)| known == name) {
            links.push((name.clone(), format!("{kind} by {name}")));
        }
    }
    for node in &host.interfaces {
        for name in &node.below {
            links.push((name.clone(), format!("{name} is part of {}", node.name)));
        }
    }
    links
}

/// Who has which display open: by its file in /dev/dri, or by that of NVIDIA's own driver, whose unbind waits for its
/// users for ever.
fn open_displays(root: &Root, reader: &mut StorageReader<'_>) -> Vec<Usage> {
    let mut handles = Vec::new();
    for Node { name, target, .. } in reader.nodes("drm") {
        let is_file =
            name.starts_with("renderD") || name.starts_with("card") && !name.contains('-');
        if is_file {
            let path = format!("/dev/dri/{name}");
            handles.extend(functions(&target).into_iter().map(|at| (path.clone(), at)));
        }
    }
    for name in reader.list(SysPath::Nvidia("")) {
        let text = reader.text(SysPath::Nvidia(&format!("{name}/information")));
        let number = text
            .lines()
            .find_map(|line| line.strip_prefix("Device Minor:"));
        if let (Ok(address), Some(number)) = (name.parse(), number) {
            handles.push((format!("/dev/nvidia{}", number.trim()), address));
        }
    }
    opened(root, &handles, Guard::Display)
}

/// The processes that have one of `handles` open, each once.
fn opened(root: &Root, handles: &[(String, Address)], guard: Guard) -> Vec<Usage> {
    let mut usages = Vec::new();
    for ((path, address), user) in holders(root, handles) {
        let usage = Usage {
            address: *address,
            guard: Some(guard),
            what: format!("{} ({}) has {path} open", user.command, user.pid),
        };
        if !usages.contains(&usage) {
            usages.push(usage);
        }
    }
    usages
}

/// The keyboards, mice and their like, by the USB controller that they are at.
fn keyboards(reader: &mut StorageReader<'_>) -> Vec<Usage> {
    let mut usages = Vec::new();
    for Node { name, target, .. } in reader.nodes("input") {
        if !name.starts_with("input") || !target.contains("/usb") {
            continue;
        }
        let what = reader.line(SysPath::ClassFile("input", &name, "name"));
        for address in functions(&target) {
            usages.push(Usage {
                address,
                guard: Some(Guard::Input),
                what: what.clone().unwrap_or_else(|| name.clone()),
            });
        }
    }
    usages
}

/// The disks behind the devices in `asked` that processes have open, and those that the kernel itself holds for a use
/// not `known`: a file system mounted elsewhere, a RAID, a volume group.
fn disks(root: &Root, host: &Host, asked: &[Address], known: &[Usage]) -> Vec<Usage> {
    let mut handles: Vec<(String, Address)> = Vec::new();
    for block in &host.blocks {
        let mut needs = RequiredDevices::default();
        needs.walk(host, &block.name).block(block);
        let path = format!("/dev/{}", block.name.replace('!', "/"));
        let found = needs.functions.into_keys();
        let found = found.filter(|address| asked.contains(address));
        handles.extend(found.map(|address| (path.clone(), address)));
    }
    let mut usages = opened(root, &handles, Guard::BootDisk);
    for (path, address) in &handles {
        let mut others = known.iter().chain(&usages);
        let is_known =
            others.any(|usage| usage.address == *address && usage.guard == Some(Guard::BootDisk));
        if !is_known && root.is_claimed(SysPath::Named(path)) {
            usages.push(Usage {
                address: *address,
                guard: Some(Guard::BootDisk),
                what: format!("the kernel holds {path}"),
            });
        }
    }
    usages
}
