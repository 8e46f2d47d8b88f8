//! What the boot itself needs, as far as the kernel command line shows: a local disk, the network.
//!
//! Source: kernel-parameters.txt (`root`, `nfsroot`, `ip`), dracut.cmdline(7), initramfs-tools(7),
//! systemd-gpt-auto-generator(8).

/// Words that bring the root file system over the network, unless they are turned off.
const NETWORK: [&str; 4] = ["netroot", "nfsroot", "nbdroot", "fcoe"];
/// The same, with more behind.
const NETWORK_FAMILIES: [&str; 2] = ["rd.iscsi.", "rd.nvmf."];
/// Words that open a local disk; they matter where `root=` is left to be found.
const DISK: [&str; 6] = [
    "rd.luks.uuid",
    "rd.luks.name",
    "rd.lvm.vg",
    "rd.lvm.lv",
    "rd.md.uuid",
    "cryptdevice",
];
/// Values of `root=` that stand for a server, by their beginning.
const SERVERS: [&str; 20] = [
    "/dev/nfs",
    "/dev/nbd",
    "/dev/cifs",
    "nfs:",
    "nfs4:",
    "nbd:",
    "iscsi:",
    "fcoe:",
    "aoe:",
    "cifs:",
    "http:",
    "https:",
    "ftp:",
    "tftp:",
    "dhcp",
    "live:http",
    "live:ftp",
    "live:tftp",
    "live:nfs",
    "live:net",
];
/// Values of `root=` that are no disk, or one that no controller of disks on the PCI bus has, by their beginning.
const NO_DISK: [&str; 9] = [
    "/dev/ram",
    "/dev/mmcblk",
    "/dev/mtd",
    "tmpfs",
    "ramfs",
    "rootfs",
    "none",
    "mtd",
    "ubi",
];

/// What the boot needs, and the parameters that show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BootNeeds {
    /// The last `root=`.
    root: Option<String>,
    /// The first word that needs the network.
    network: Option<String>,
    /// Whether that word is what the root file system comes by.
    diskless: bool,
    /// The first word that opens a disk.
    disk: Option<String>,
    /// `rootfstype=` is of a file system that a hypervisor shares.
    shared: bool,
}

impl BootNeeds {
    /// Takes a parameter; others are ignored here. In `key` every `_` is a `-`.
    pub(super) fn add(&mut self, key: &str, value: Option<&str>) {
        let value = value.unwrap_or("");
        let word = || match value {
            "" => key.to_owned(),
            value => format!("{key}={value}"),
        };
        let off = matches!(value, "0" | "no" | "off" | "none");
        match key {
            "root" => self.root = Some(value.to_owned()),
            "rootfstype" => self.shared = matches!(value, "9p" | "virtiofs"),
            _ if DISK.contains(&key) && !off => {
                self.disk.get_or_insert_with(word);
            }
            _ if off || (key == "ip" && is_no_address(value)) => {}
            "boot" if value == "nfs" => self.add_network(word(), true),
            "netboot" => self.add_network(word(), true),
            "ip" | "rd.neednet" => self.add_network(word(), false),
            _ if NETWORK.contains(&key) || NETWORK_FAMILIES.iter().any(|f| key.starts_with(f)) => {
                self.add_network(word(), true);
            }
            _ => {}
        }
    }

    fn add_network(&mut self, word: String, diskless: bool) {
        self.network.get_or_insert(word);
        self.diskless |= diskless;
    }

    /// The word because of which a local disk is needed.
    ///
    /// A root that comes over the network, or from nowhere, needs none. Without `root=` the disk may be found by itself,
    /// and there may be none to find: only a word that opens one counts.
    pub fn disk(&self) -> Option<String> {
        let begins = |root: &str, list: &[&str]| list.iter().any(|start| root.starts_with(start));
        match self.root.as_deref() {
            _ if self.diskless || self.shared => None,
            Some(root) if root.is_empty() || begins(root, &SERVERS) || begins(root, &NO_DISK) => {
                None
            }
            Some(root) => Some(format!("root={root}")),
            None => self.disk.clone(),
        }
    }

    /// The word because of which the network is needed.
    pub fn network(&self) -> Option<String> {
        let server = |root: &&str| SERVERS.iter().any(|start| root.starts_with(start));
        let root = self.root.as_deref().filter(server);
        root.map(|root| format!("root={root}"))
            .or_else(|| self.network.clone())
    }
}

/// Whether a value of `ip=` names no address and turns the search for one off.
fn is_no_address(value: &str) -> bool {
    let fields: Vec<&str> = value.split(':').collect();
    match fields.as_slice() {
        [_, way] => matches!(*way, "off" | "none"),
        [""] => true,
        ["", _, _, _, _, _, way, ..] => matches!(*way, "off" | "none"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(line: &str) -> (Option<String>, Option<String>) {
        let mut needs = BootNeeds::default();
        for word in line.split(' ') {
            let (key, value) = word
                .split_once('=')
                .map_or((word, None), |(key, value)| (key, Some(value)));
            needs.add(key, value);
        }
        (needs.disk(), needs.network())
    }

    #[test]
    fn a_root_that_is_no_server_needs_a_disk() {
        for root in [
            "root=/dev/sda2",
            "root=UUID=0a3407de-014b-458b-b5c1-848e92a327a3",
            "root=LABEL=root",
            "root=PARTUUID=x",
            "root=/dev/mapper/vg-root",
            "root=ZFS=rpool/ROOT",
            "root=259:2",
            "root=live:CDLABEL=x",
            "root=gpt-auto",
        ] {
            assert_eq!(needs(root), (Some(root.to_owned()), None));
        }
        // The last one counts.
        assert_eq!(
            needs("root=/dev/nfs root=/dev/sda").0,
            Some("root=/dev/sda".to_owned())
        );
    }

    #[test]
    fn a_server_needs_the_network_and_no_disk() {
        for word in [
            "root=/dev/nfs",
            "root=nfs:10.0.0.1:/export",
            "root=nbd:10.0.0.1:root",
            "root=iscsi:10.0.0.1::::iqn.x",
            "root=live:http://10.0.0.1/x.img",
            "root=dhcp",
            "netroot=iscsi:10.0.0.1::::iqn.x",
            "nfsroot=10.0.0.1:/export",
            "rd.iscsi.firmware=1",
            "boot=nfs",
        ] {
            assert_eq!(needs(word), (None, Some(word.to_owned())), "{word}");
        }
        // The disk is on a server, whatever it is called here.
        let (disk, network) = needs("root=UUID=x netroot=iscsi:10.0.0.1::::iqn.x");
        assert!(disk.is_none() && network.is_some());
    }

    #[test]
    fn an_address_needs_the_network_beside_a_local_disk() {
        let (disk, network) = needs("root=/dev/sda2 ip=dhcp");
        assert!(disk.is_some());
        assert_eq!(network, Some("ip=dhcp".to_owned()));
        assert!(
            needs("ip=10.0.0.2::10.0.0.1:255.255.255.0::eth0:none")
                .1
                .is_some()
        );
        assert!(needs("rd.neednet=1").1.is_some());
        for off in [
            "ip=",
            "ip=off",
            "ip=none",
            "ip=::::::off",
            "ip=:::::eth0:none",
            "ip=eth0:off",
            "rd.neednet=0",
        ] {
            assert_eq!(needs(off).1, None, "{off}");
        }
    }

    #[test]
    fn without_root_only_a_word_that_opens_a_disk_counts() {
        assert_eq!(needs("quiet splash"), (None, None));
        assert_eq!(needs("rd.luks.uuid=x").0, Some("rd.luks.uuid=x".to_owned()));
        for none in [
            "root=/dev/ram0",
            "root=tmpfs",
            "root=tag rootfstype=virtiofs",
            "root=",
        ] {
            assert_eq!(needs(none), (None, None), "{none}");
        }
    }
}
