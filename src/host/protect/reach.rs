//! The last step down: the PCI functions that a device is behind, or the network that it is reached by.
//!
//! Source: the device links of Linux's Documentation/ABI/testing/sysfs-block and sysfs-class-net.

use std::net::IpAddr;

use super::host::Node;
use super::remark::Remark;
use super::resolve::Walk;
use super::route::interfaces;
use crate::pci::Address;

/// Block devices of a server: what stands in their place in sysfs, or begins their name.
const REMOTE: [&str; 4] = [
    "/virtual/block/nbd",
    "devices/rbd/",
    "/block/etherd!",
    "/virtual/nvme-fabrics/",
];

impl Walk<'_> {
    /// What stands at `target` in sysfs: behind PCI functions, or on the network.
    pub(in crate::host) fn place(&mut self, target: &str, name: &str) {
        let host = self.host;
        if self.functions(target) {
            return;
        }
        let connection = |node: &&Node| {
            let session = node
                .target
                .split_inclusive('/')
                .take_while(|part| !part.starts_with("connection"));
            node.target.contains("/session") && target.starts_with(&session.collect::<String>())
        };
        if let Some(connection) = host.connections.iter().find(connection) {
            self.network(connection.server);
        } else if let Some(node) = host
            .controllers
            .iter()
            .find(|node| node.target == target && node.server.is_some())
        {
            self.network(node.server);
        } else if REMOTE.iter().any(|place| target.contains(place)) {
            self.network(None);
        } else {
            let (need, device) = (self.need.to_owned(), name.to_owned());
            self.needs.remark(Remark::NoFunction { need, device });
        }
    }

    /// Puts down the functions on the way to `target`; whether there are any.
    fn functions(&mut self, target: &str) -> bool {
        let found = functions(target);
        for address in &found {
            let reasons = self.needs.functions.entry(*address).or_default();
            if !reasons.iter().any(|reason| reason == self.need) {
                reasons.push(self.need.to_owned());
            }
        }
        !found.is_empty()
    }

    /// The network cards on the way to a server.
    pub(in crate::host) fn network(&mut self, server: Option<IpAddr>) {
        let need = format!("network {}", self.need);
        let mut walk = self.needs.walk(self.host, &need);
        let mut found = walk.interfaces(server);
        // What goes through a tunnel leaves the machine by another card.
        if !found && server.is_some() {
            found = walk.interfaces(None);
        }
        if !found {
            self.needs.remark(Remark::NoRoute { need });
        }
    }

    fn interfaces(&mut self, server: Option<IpAddr>) -> bool {
        let names = interfaces(&self.host.routes, server);
        let cards = names.into_iter().filter(|name| self.interface(name));
        cards.count() > 0
    }

    /// A network interface: the card, or those below a bridge, a bond or a VLAN.
    pub(in crate::host) fn interface(&mut self, name: &str) -> bool {
        let host = self.host;
        let Some(node) = host
            .interfaces
            .iter()
            .find(|node| node.name == name)
            .filter(|_| self.is_new(name))
        else {
            return false;
        };
        let own = self.functions(&node.target);
        let below = node.below.iter().filter(|name| self.interface(name));
        below.count() > 0 || own
    }
}

/// The functions at the ends of the walks that a link in sysfs names: the last one, and where that is in a domain that a
/// device made for itself (VMD), that device too.
pub(in crate::host) fn functions(target: &str) -> Vec<Address> {
    let (mut found, mut last) = (Vec::new(), None);
    for part in target.split('/') {
        if part.starts_with("pci") && part.contains(':') {
            found.extend(last.take());
        } else if let Ok(address) = part.parse::<Address>() {
            last = Some(address);
        }
    }
    found.extend(last);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_function_counts_and_who_made_its_domain() {
        let show = |target| {
            functions(target)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
        };
        let usb = "../../devices/pci0000:00/0000:00:02.0/0000:01:00.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block/sda";
        assert_eq!(show(usb), ["0000:01:00.0"]);
        let vmd = "../../devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/10000:e1:00.0/nvme/nvme0/nvme0n1";
        assert_eq!(show(vmd), ["0000:00:0e.0", "10000:e1:00.0"]);
        assert!(show("../../devices/virtual/block/zram0").is_empty());
    }
}
