//! From what the machine needs down to the PCI functions below it.
//!
//! Source: the `slaves` and device links of Linux's Documentation/ABI/stable/sysfs-block.

use std::collections::BTreeMap;

use super::host::{Block, Host, Mount, Node};
use super::remark::Remark;
use crate::pci::Address;

/// Where the machine needs a file system, if one is mounted there.
pub(in crate::host) const POINTS: [&str; 7] =
    ["/", "/usr", "/boot", "/boot/efi", "/efi", "/etc", "/var"];
/// Options that name another block device of the file system: those of xfs and ext4.
pub(in crate::host) const DEVICE_OPTIONS: [&str; 3] = ["logdev", "rtdev", "journal_path"];

/// File systems of a server.
pub(in crate::host) const NETWORK: [&str; 13] = [
    "9p",
    "afs",
    "ceph",
    "cifs",
    "coda",
    "fuse.glusterfs",
    "fuse.sshfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];
/// File systems without a device.
pub(in crate::host) const MEMORY: [&str; 4] = ["ramfs", "rootfs", "tmpfs", "devtmpfs"];
/// The functions that the machine needs, each with what needs it, and what could not be found out.
#[derive(Debug, Default)]
pub(in crate::host) struct RequiredDevices {
    /// By address.
    pub(in crate::host) functions: BTreeMap<Address, Vec<String>>,
    /// The remarks about it.
    pub(in crate::host) remarks: Vec<Remark>,
}

impl RequiredDevices {
    /// What `host` needs.
    pub(in crate::host) fn of(host: &Host) -> Self {
        let mut needs = Self::default();
        for point in POINTS {
            if let Some(mount) = host.mount_at(point) {
                needs.walk(host, point).mount(mount);
            }
        }
        for swap in &host.swaps {
            needs.walk(host, "swap").file(swap);
        }
        if let Some(number) = host.resume {
            let mut walk = needs.walk(host, "resume");
            match host.block_of(number) {
                Some(block) => walk.block(block),
                None => walk.lost(&format!("device number {}:{}", number.0, number.1)),
            }
        }
        if let Some(word) = &host.resume_word {
            needs.walk(host, "resume").device(word);
        }
        needs
    }

    pub(in crate::host) fn walk<'a>(&'a mut self, host: &'a Host, need: &'a str) -> Walk<'a> {
        let seen = Vec::new();
        Walk {
            host,
            need,
            seen,
            needs: self,
        }
    }

    pub(in crate::host) fn remark(&mut self, remark: Remark) {
        if !self.remarks.contains(&remark) {
            self.remarks.push(remark);
        }
    }
}

/// The way down from one need.
pub(in crate::host) struct Walk<'a> {
    pub(in crate::host) host: &'a Host,
    pub(in crate::host) need: &'a str,
    /// Mount points and block devices on the way so far: a file in the file system that it carries would lead us round.
    seen: Vec<String>,
    pub(in crate::host) needs: &'a mut RequiredDevices,
}

impl Walk<'_> {
    pub(in crate::host) fn is_new(&mut self, thing: &str) -> bool {
        let new = !self.seen.iter().any(|seen| seen == thing);
        if new {
            self.seen.push(thing.to_owned());
        }
        new
    }

    /// A file system.
    pub(in crate::host) fn mount(&mut self, mount: &Mount) {
        let kind = mount.kind.as_str();
        let need = self.need.to_owned();
        let is_on_server = NETWORK.contains(&kind) && mount.values("trans").all(|way| way == "tcp");
        if kind == "overlay" {
            self.overlay(mount);
        } else if kind == "zfs" {
            self.pool(mount.source.split('/').next().unwrap_or_default());
        } else if is_on_server && (kind != "9p" || mount.values("trans").next().is_some()) {
            let address = mount.values("addr").next();
            self.network(address.and_then(|address| address.parse().ok()));
        } else if MEMORY.contains(&kind) {
            let kind = kind.to_owned();
            self.needs.remark(Remark::Memory { need, kind });
        } else if let Some(block) = self.host.block_of(mount.number) {
            self.block(block);
            for key in DEVICE_OPTIONS {
                mount.values(key).for_each(|file| self.device(file));
            }
        } else if mount.number.0 != 0 {
            let (major, minor) = mount.number;
            self.lost(&format!("device number {major}:{minor}"));
        } else if mount.source.starts_with("/dev/") {
            // The number is the file system's own; bcachefs names all its devices here, btrfs one of them.
            mount.source.split(':').for_each(|file| self.device(file));
        } else {
            let kind = kind.to_owned();
            self.needs.remark(Remark::UnknownKind { need, kind });
        }
    }

    /// The layers of an overlay are directories of other file systems.
    fn overlay(&mut self, mount: &Mount) {
        for key in ["lowerdir", "lowerdir+", "datadir+", "upperdir"] {
            for value in mount.values(key) {
                let layers = value.replace("\\:", "\0");
                for layer in layers.split(':').filter(|layer| !layer.is_empty()) {
                    self.file(&layer.replace('\0', ":"));
                }
            }
        }
    }

    /// A file: a block device, or one on a mounted file system.
    fn file(&mut self, path: &str) {
        if path.starts_with("/dev/") {
            return self.device(path);
        }
        match self.host.mount_of(path) {
            Some(mount) if self.is_new(&format!("{} {}", mount.point, mount.source)) => {
                self.mount(mount)
            }
            // A layer of / that is named as it was in the initramfs leads to / itself.
            _ => self.lost(path),
        }
    }

    /// The file of a block device; all devices of a btrfs that it belongs to.
    fn device(&mut self, path: &str) {
        let host = self.host;
        let Some(block) = host.block_at(path) else {
            return self.lost(path);
        };
        self.block(block);
        let sets = host
            .btrfs
            .iter()
            .filter(|names| names.contains(&block.name));
        for name in sets.flatten() {
            match host.block(name) {
                Some(block) => self.block(block),
                None => self.lost(name),
            }
        }
    }

    /// A block device: what it is made of, or the functions that it is behind.
    pub(in crate::host) fn block(&mut self, block: &Block) {
        if !self.is_new(&block.name) {
            return;
        }
        let host = self.host;
        if let Some(whole) = host.whole(block) {
            return self.block(whole);
        }
        for name in &block.slaves {
            match host.block(name) {
                Some(slave) => self.block(slave),
                None => self.lost(name),
            }
        }
        if let Some(file) = &block.backing {
            self.file(file);
        }
        if block.is_zvol() {
            self.pool("");
        } else if block.slaves.is_empty() && block.backing.is_none() {
            self.leaf(block);
        }
    }

    /// A block device that is made of no other.
    fn leaf(&mut self, block: &Block) {
        let host = self.host;
        let subsystem = |node: &&Node| {
            block
                .target
                .contains(&format!("/nvme-subsystem/{}/", node.name))
        };
        if let Some(subsystem) = host.subsystems.iter().find(subsystem) {
            for name in &subsystem.below {
                match host.controllers.iter().find(|node| node.name == *name) {
                    Some(node) => self.place(&node.target, &block.name),
                    None => self.lost(name),
                }
            }
        } else {
            self.place(&block.target, &block.name);
        }
    }

    /// The devices of a ZFS pool, of all of them where `name` is empty.
    fn pool(&mut self, name: &str) {
        let host = self.host;
        let wanted = |pool: &&(String, Vec<String>)| name.is_empty() || pool.0 == name;
        let pools = host.pools.iter().filter(wanted);
        let mut devices = pools.flat_map(|(_, devices)| devices).peekable();
        if devices.peek().is_none() {
            let error = host.pool_error.as_deref();
            self.needs.remark(Remark::UnknownPool {
                need: self.need.to_owned(),
                pool: name.to_owned(),
                error: error.unwrap_or("zpool does not name them").to_owned(),
            });
        }
        devices.for_each(|file| self.file(file));
    }

    fn lost(&mut self, file: &str) {
        let (need, file) = (self.need.to_owned(), file.to_owned());
        self.needs.remark(Remark::UnknownFile { need, file });
    }
}
