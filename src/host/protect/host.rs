//! What the running host shows of its file systems, block devices and networks, as values.
//!
//! Source: Linux's Documentation/filesystems/proc.rst and Documentation/ABI/stable/sysfs-block.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::route::Route;
use crate::machine::plain;

/// Major and minor number of a block device. A major of 0 is a file system's own, of no device.
pub(in crate::host) type Number = (u32, u32);

/// A mounted file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Mount {
    /// The device that it is on.
    pub(in crate::host) number: Number,
    /// Where it is.
    pub(in crate::host) point: String,
    /// `ext4`, `btrfs`, `nfs4`.
    pub(in crate::host) kind: String,
    /// What was mounted: a device, `pool/data/set`, `server:/path`.
    pub(in crate::host) source: String,
    /// The options of the file system, `key=value` or a word.
    pub(in crate::host) options: Vec<String>,
}

impl Mount {
    /// Reads a line of /proc/self/mountinfo. procfs's reader would give up the whole file at the first odd name, leaves
    /// escapes as they are, and keeps one of several `lowerdir+=`.
    pub(in crate::host) fn from_line(line: &str) -> Option<Self> {
        let (front, back) = line.trim_end().split_once(" - ")?;
        let mut front = front.split(' ').skip(2);
        let number = number(front.next()?)?;
        let point = plain(front.nth(1)?);
        let mut back = back.split(' ');
        let (kind, source) = (back.next()?.to_owned(), plain(back.next()?));
        let options = back.next().unwrap_or_default().split(',').map(plain);
        Some(Self {
            number,
            point,
            kind,
            source,
            options: options.collect(),
        })
    }

    /// The values of the options of this name.
    pub(in crate::host) fn values<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        let value = move |option: &'a String| option.strip_prefix(key)?.strip_prefix('=');
        self.options.iter().filter_map(value)
    }
}

/// Reads `major:minor`.
pub(in crate::host) fn number(text: &str) -> Option<Number> {
    let (major, minor) = text.trim().split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Reads the files in use from /proc/swaps: block devices and files, by their paths.
pub(in crate::host) fn swaps(text: &str) -> Vec<String> {
    let first = |line: &str| line.split_whitespace().next().map(plain);
    text.lines().skip(1).filter_map(first).collect()
}

/// A block device: a disk, a partition, or something made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::host) struct Block {
    /// `sda1`, `dm-0`.
    pub(in crate::host) name: String,
    /// Its number.
    pub(in crate::host) number: Number,
    /// Where its link in /sys/class/block leads.
    pub(in crate::host) target: String,
    /// The names of those that it is made of.
    pub(in crate::host) slaves: Vec<String>,
    /// The file behind a loop device.
    pub(in crate::host) backing: Option<String>,
    /// The name in /dev/mapper.
    pub(in crate::host) mapper: Option<String>,
}

impl Block {
    /// Whether it is a volume of a ZFS pool, and nothing in sysfs shows which.
    pub(in crate::host) fn is_zvol(&self) -> bool {
        let number = self.name.strip_prefix("zd").unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// A device of which only its name, its place and what it is reached by matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::host) struct Node {
    /// `eth0`, `nvme0`, `connection1:0`.
    pub(in crate::host) name: String,
    /// Where its link in /sys/class leads.
    pub(in crate::host) target: String,
    /// What is below it: the ports of a bridge, the controllers of an NVMe subsystem.
    pub(in crate::host) below: Vec<String>,
    /// The server that it is connected to.
    pub(in crate::host) server: Option<IpAddr>,
}

/// Reads a server's address: alone, or in `traddr=192.0.2.1,trsvcid=4420`.
pub(in crate::host) fn server(text: &str) -> Option<IpAddr> {
    let field = |field: &str| field.trim().trim_start_matches("traddr=").parse().ok();
    text.split(',').find_map(field)
}

/// Everything that shows what the host needs.
#[derive(Clone, Debug, Default)]
pub(in crate::host) struct Host {
    /// What is mounted, in the order in which it was.
    pub(in crate::host) mounts: Vec<Mount>,
    /// The paths of the swap space in use.
    pub(in crate::host) swaps: Vec<String>,
    /// What the kernel resumes from.
    pub(in crate::host) resume: Option<Number>,
    /// The file of the device that the command line wants it to resume from.
    pub(in crate::host) resume_word: Option<String>,
    /// The block devices.
    pub(in crate::host) blocks: Vec<Block>,
    /// The names of the devices of each btrfs file system.
    pub(in crate::host) btrfs: Vec<Vec<String>>,
    /// The files and devices of each ZFS pool.
    pub(in crate::host) pools: Vec<(String, Vec<String>)>,
    /// Why the pools are not known.
    pub(in crate::host) pool_error: Option<String>,
    /// Where the links of device files lead, by their paths.
    pub(in crate::host) links: BTreeMap<String, String>,
    /// The NVMe subsystems, over which several controllers may reach one disk.
    pub(in crate::host) subsystems: Vec<Node>,
    /// The NVMe controllers.
    pub(in crate::host) controllers: Vec<Node>,
    /// The connections of iSCSI.
    pub(in crate::host) connections: Vec<Node>,
    /// The network interfaces.
    pub(in crate::host) interfaces: Vec<Node>,
    /// The routes.
    pub(in crate::host) routes: Vec<Route>,
}

impl Host {
    /// What is mounted last at `point`.
    pub(in crate::host) fn mount_at(&self, point: &str) -> Option<&Mount> {
        self.mounts.iter().rev().find(|mount| mount.point == point)
    }

    /// The file system that holds the file `path`.
    pub(in crate::host) fn mount_of(&self, path: &str) -> Option<&Mount> {
        let mut at = path.trim_end_matches('/');
        loop {
            let point = if at.is_empty() { "/" } else { at };
            if let Some(mount) = self.mount_at(point) {
                return Some(mount);
            }
            at = at.rsplit_once('/')?.0;
        }
    }

    /// The block device of this number.
    pub(in crate::host) fn block_of(&self, number: Number) -> Option<&Block> {
        self.blocks.iter().find(|block| block.number == number)
    }

    /// The block device of this name.
    pub(in crate::host) fn block(&self, name: &str) -> Option<&Block> {
        self.blocks.iter().find(|block| block.name == name)
    }

    /// The block device of the file `path` below /dev.
    pub(in crate::host) fn block_at(&self, path: &str) -> Option<&Block> {
        // Where the name in /dev has a slash, the name in sysfs has an exclamation mark.
        let name = path.strip_prefix("/dev/")?.replace('/', "!");
        let mapper = path.strip_prefix("/dev/mapper/");
        let linked = || self.block(self.links.get(path)?.rsplit('/').next()?);
        let mapped = |block: &&Block| mapper.is_some() && block.mapper.as_deref() == mapper;
        self.block(&name)
            .or_else(|| self.blocks.iter().find(mapped))
            .or_else(linked)
    }

    /// The device that `block` is a partition of.
    pub(in crate::host) fn whole(&self, block: &Block) -> Option<&Block> {
        let (above, _) = block.target.rsplit_once('/')?;
        self.blocks.iter().find(|other| other.target == above)
    }
}

/// Reads what `zpool status -LP` prints: each pool with the devices and files that it is made of.
pub(in crate::host) fn pools(text: &str) -> Vec<(String, Vec<String>)> {
    let mut pools: Vec<(String, Vec<String>)> = Vec::new();
    // Behind `errors:` may come a list of damaged files.
    let mut in_config = false;
    for line in text.lines().map(str::trim) {
        match line.split_once(':') {
            Some(("pool", name)) => pools.push((name.trim().to_owned(), Vec::new())),
            Some(("config", _)) => in_config = true,
            Some(("errors", _)) => in_config = false,
            _ if in_config && line.starts_with('/') => {
                let device = line.split_whitespace().next().unwrap_or_default();
                if let Some((_, devices)) = pools.last_mut() {
                    devices.push(device.to_owned());
                }
            }
            _ => {}
        }
    }
    pools
}

/// The device file that a word of the command line means: `UUID=...`, `/dev/sda2`.
pub(in crate::host) fn device_file(word: &str) -> String {
    let kinds = ["UUID", "LABEL", "PARTUUID", "PARTLABEL"];
    match word.split_once('=') {
        Some((kind, name)) if kinds.contains(&kind) => {
            let name = name.trim_matches('"');
            format!("/dev/disk/by-{}/{name}", kind.to_lowercase())
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text: String) {
            let _ = (Mount::from_line(&text), swaps(&text), number(&text), pools(&text), server(&text), device_file(&text));
        }
    }

    #[test]
    fn a_mount_is_read_with_its_escapes_and_repeated_options() {
        let line = "30 25 0:41 /@ /mnt/a\\040b rw,relatime shared:7 master:2 - overlay over\\134lay \
                    rw,lowerdir+=/a\\054b,lowerdir+=/c,xino=off\n";
        let mount = Mount::from_line(line).unwrap();
        assert_eq!(
            (mount.point.as_str(), mount.source.as_str(), mount.number),
            ("/mnt/a b", "over\\lay", (0, 41))
        );
        assert_eq!(
            mount.values("lowerdir+").collect::<Vec<_>>(),
            ["/a,b", "/c"]
        );
        assert_eq!(mount.values("lowerdir").count(), 0);
        assert_eq!(Mount::from_line("30 25 0:41 / /mnt rw"), None);
    }

    #[test]
    fn the_file_system_of_a_path_is_the_nearest_above_it() {
        let mount = |point: &str, source: &str| {
            Mount::from_line(&format!("1 1 8:1 / {point} rw - ext4 {source} rw")).unwrap()
        };
        let host = Host {
            mounts: vec![mount("/", "a"), mount("/var", "b"), mount("/var", "c")],
            ..Host::default()
        };
        let source = |path| host.mount_of(path).map(|mount| mount.source.as_str());
        assert_eq!(
            ["/", "/var", "/var/lib/x", "/variety", "x"].map(source),
            [Some("a"), Some("c"), Some("c"), Some("a"), None]
        );
    }

    #[test]
    fn the_devices_of_a_pool_are_what_its_configuration_names() {
        let text = "  pool: rpool\n state: ONLINE\nconfig:\n\n\tNAME  STATE READ WRITE CKSUM\n\trpool  ONLINE 0 0 0\n\t  \
                    mirror-0  ONLINE 0 0 0\n\t    /dev/sda3  ONLINE 0 0 0\n\t    /dev/sdb3  ONLINE 0 0 0\n\tlogs\n\t  \
                    /dev/nvme0n1p1  ONLINE 0 0 0\n\nerrors: Permanent errors in the following files:\n\n        \
                    /lost/file\n\n  pool: tank\nconfig:\n\n\ttank  ONLINE\n\t  /srv/tank.img  ONLINE\n";
        let devices = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let wanted: Vec<(String, Vec<String>)> = vec![
            (
                "rpool".into(),
                devices(&["/dev/sda3", "/dev/sdb3", "/dev/nvme0n1p1"]),
            ),
            ("tank".into(), devices(&["/srv/tank.img"])),
        ];
        assert_eq!(pools(text), wanted);
    }

    #[test]
    fn a_word_for_a_device_becomes_its_file() {
        assert_eq!(device_file("UUID=1-2"), "/dev/disk/by-uuid/1-2");
        assert_eq!(
            device_file("PARTLABEL=\"my swap\""),
            "/dev/disk/by-partlabel/my swap"
        );
        assert_eq!(device_file("/dev/vg/swap"), "/dev/vg/swap");
    }
}
