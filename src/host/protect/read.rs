//! Reads what the running host shows of its file systems, block devices and networks.
//!
//! Source: proc(5), Linux's Documentation/ABI/stable/sysfs-block.

use nix::errno::Errno;

use super::host::{Block, Host, Mount, Node, device_file, number, pools, server, swaps};
use super::remark::Remark;
use super::resolve::{DEVICE_OPTIONS, POINTS};
use super::route::routes;
use crate::config::params;
use crate::sys::{Error, Root, SysPath};

/// Reads below a root, and puts down what is there but cannot be read.
pub(in crate::host) struct StorageReader<'a> {
    root: &'a Root,
    pub(in crate::host) remarks: Vec<Remark>,
}

impl<'a> StorageReader<'a> {
    pub(in crate::host) fn new(root: &'a Root) -> Self {
        let remarks = Vec::new();
        Self { root, remarks }
    }

    /// What is mounted. What systemd mounts on first use is used first: a path through the directory does that.
    pub(in crate::host) fn mounts(&mut self) -> Vec<Mount> {
        for point in POINTS {
            self.root.exists(SysPath::Named(&format!("{point}/.")));
        }
        let text = self.text(SysPath::Mounts);
        text.lines().filter_map(Mount::from_line).collect()
    }

    /// Everything that shows what the host needs.
    pub(in crate::host) fn host(&mut self, mounts: Vec<Mount>) -> Host {
        let mut host = Host {
            mounts,
            swaps: swaps(&self.text(SysPath::Swaps)),
            resume: self.resume(),
            resume_word: self.resume_word(),
            subsystems: self.nodes("nvme-subsystem"),
            controllers: self.nodes("nvme"),
            connections: self.nodes("iscsi_connection"),
            interfaces: self.nodes("net"),
            routes: routes(&self.text(SysPath::Routes), &self.text(SysPath::Routes6)),
            ..Host::default()
        };
        for name in self.list(SysPath::Class("block")) {
            host.blocks.extend(self.block(name));
        }
        for name in self.list(SysPath::Btrfs) {
            host.btrfs.push(self.list(SysPath::BtrfsDevices(&name)));
        }
        self.pools(&mut host);
        self.links(&mut host);
        host
    }

    /// What the kernel resumes from, where that was set.
    fn resume(&mut self) -> Option<(u32, u32)> {
        number(&self.line(SysPath::Resume)?).filter(|number| *number != (0, 0))
    }

    /// What the command line wants it to resume from.
    fn resume_word(&mut self) -> Option<String> {
        let cmdline = self.bytes(SysPath::Cmdline);
        let words = params(&cmdline).filter(|param| param.key == b"resume");
        Some(device_file(&String::from_utf8_lossy(words.last()?.value?)))
    }

    fn block(&mut self, name: String) -> Option<Block> {
        let file = |file| SysPath::ClassFile("block", &name, file);
        Some(Block {
            number: number(&self.line(file("dev"))?)?,
            target: self.link(SysPath::ClassEntry("block", &name))?,
            slaves: self.list(file("slaves")),
            backing: self.line(file("loop/backing_file")),
            mapper: self.line(file("dm/name")),
            name,
        })
    }

    /// The entries of a class, with those below each: `lower_NAME` of a network interface, the controllers of a
    /// subsystem.
    pub(in crate::host) fn nodes(&mut self, class: &str) -> Vec<Node> {
        let mut nodes = Vec::new();
        for name in self.list(SysPath::Class(class)) {
            let Some(target) = self.link(SysPath::ClassEntry(class, &name)) else {
                continue;
            };
            let files = self.list(SysPath::ClassEntry(class, &name));
            let below = files.iter().filter_map(|file| match class {
                "net" => file.strip_prefix("lower_"),
                "nvme-subsystem" => is_controller(file).then_some(file.as_str()),
                _ => None,
            });
            let address = self.line(SysPath::ClassFile(class, &name, "address"));
            nodes.push(Node {
                target,
                below: below.map(str::to_owned).collect(),
                server: address.and_then(|address| server(&address)),
                name,
            });
        }
        nodes
    }

    /// The devices of the ZFS pools, where ZFS is in use: only its own program knows them.
    fn pools(&mut self, host: &mut Host) {
        let is_zfs = host.mounts.iter().any(|mount| mount.kind == "zfs");
        if !is_zfs && !host.blocks.iter().any(Block::is_zvol) {
            return;
        }
        match self.root.zpool(&["status", "-LP"]) {
            Ok(text) => host.pools = pools(&String::from_utf8_lossy(&text)),
            Err(error) => host.pool_error = Some(error.to_string()),
        }
    }

    /// Where the device files that anything names lead, as far as they are links.
    fn links(&mut self, host: &mut Host) {
        let mut paths: Vec<String> = Vec::new();
        for mount in &host.mounts {
            paths.extend(mount.source.split(':').map(str::to_owned));
            let values = DEVICE_OPTIONS.iter().flat_map(|key| mount.values(key));
            paths.extend(values.map(str::to_owned));
        }
        paths.extend(host.pools.iter().flat_map(|(_, devices)| devices).cloned());
        paths.extend(host.swaps.iter().chain(&host.resume_word).cloned());
        for path in paths.into_iter().filter(|path| path.starts_with("/dev/")) {
            // A device file that is no link is an error of that kind.
            if let Ok(Some(target)) = self.root.link(SysPath::Named(&path)) {
                host.links.insert(path, target);
            }
        }
    }

    fn bytes(&mut self, place: SysPath<'_>) -> Vec<u8> {
        let read = self.root.read(place);
        self.known(read).flatten().unwrap_or_default()
    }

    pub(in crate::host) fn text(&mut self, place: SysPath<'_>) -> String {
        String::from_utf8_lossy(&self.bytes(place)).into_owned()
    }

    /// A short file without its line end; `None` where it is not there.
    pub(in crate::host) fn line(&mut self, place: SysPath<'_>) -> Option<String> {
        let read = self.root.attribute(place);
        let bytes = self.known(read)?;
        let text = String::from_utf8_lossy(&bytes);
        Some(text.trim_end_matches('\n').to_owned())
    }

    fn link(&mut self, place: SysPath<'_>) -> Option<String> {
        let read = self.root.link(place);
        self.known(read).flatten()
    }

    pub(in crate::host) fn list(&mut self, place: SysPath<'_>) -> Vec<String> {
        let read = self.root.list(place);
        self.known(read).unwrap_or_default()
    }

    /// What was read. What went away meanwhile or has no content is absent; any other error is recorded.
    fn known<T>(&mut self, read: Result<T, Error>) -> Option<T> {
        const ABSENT: [Errno; 5] = [
            Errno::ENOENT,
            Errno::ENODEV,
            Errno::ENXIO,
            Errno::EINVAL,
            Errno::ENOTDIR,
        ];
        match read {
            Ok(value) => Some(value),
            Err(error) if ABSENT.iter().any(|errno| *errno as i32 == error.errno()) => None,
            Err(error) => {
                let error = error.to_string();
                self.remarks.push(Remark::Unreadable { error });
                None
            }
        }
    }
}

/// `nvme0`, but not the disk `nvme0n1`.
fn is_controller(name: &str) -> bool {
    let number = name.strip_prefix("nvme").unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
