//! Which network interface leads to a server.
//!
//! Source: `fib_route_seq_show()` in Linux's net/ipv4/fib_trie.c, `rt6_info_route()` in net/ipv6/route.c.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procfs::FromBufRead;
use procfs::net::RouteEntries;

/// The route is up; packets that take it are thrown away.
const UP: u32 = 1;
const REJECT: u32 = 0x200;

/// A route of the main table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct Route {
    /// The interface it leaves by.
    pub(in crate::host) interface: String,
    /// Where it leads, with the number of bits that count; none for the default route.
    pub(in crate::host) to: (IpAddr, u32),
    /// The one with the smallest is taken.
    pub(in crate::host) metric: u32,
}

impl Route {
    pub(in crate::host) fn is_default(&self) -> bool {
        self.to.1 == 0
    }

    /// Whether it is one that every interface has that is up: it leads to no other network.
    pub(in crate::host) fn is_local(&self) -> bool {
        match self.to.0 {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(address) => {
                let link_local = address.segments()[0] & 0xffc0 == 0xfe80;
                link_local || address.is_multicast() || address.is_loopback()
            }
        }
    }
}

/// Reads /proc/net/route and /proc/net/ipv6_route.
pub(in crate::host) fn routes(v4: &str, v6: &str) -> Vec<Route> {
    let mut routes = Vec::new();
    let entries =
        RouteEntries::from_buf_read(v4.as_bytes()).map_or_else(|_| Vec::new(), |entries| entries.0);
    for entry in entries {
        if u32::from(entry.flags) & (UP | REJECT) == UP {
            routes.push(Route {
                interface: entry.iface,
                to: (entry.destination.into(), u32::from(entry.mask).count_ones()),
                metric: entry.metrics,
            });
        }
    }
    routes.extend(v6.lines().filter_map(route6));
    routes
}

/// Reads a line of /proc/net/ipv6_route; routes to the machine itself are none.
fn route6(line: &str) -> Option<Route> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let [to, bits, _, _, _, metric, _, _, flags, interface] = fields.as_slice() else {
        return None;
    };
    let number = |text| u32::from_str_radix(text, 16).ok();
    let to = Ipv6Addr::from(u128::from_str_radix(to, 16).ok()?);
    let used = number(flags)? & (UP | REJECT) == UP && *interface != "lo";
    used.then_some(Route {
        interface: (*interface).to_owned(),
        to: (to.into(), number(bits)?),
        metric: number(metric)?,
    })
}

/// The interfaces that packets to `server` leave by: those of the best routes. `None` asks for the default routes, of both
/// protocols.
pub(in crate::host) fn interfaces(routes: &[Route], server: Option<IpAddr>) -> Vec<&str> {
    let Some(server) = server else {
        let outside = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
        let mut found: Vec<&str> = outside
            .iter()
            .flat_map(|address| best(routes, |route| route.to == (*address, 0)))
            .collect();
        found.dedup();
        return found;
    };
    best(routes, |route| {
        match (bits(server), bits(route.to.0)) {
            ((server, width), (to, same)) if width == same => {
                let shift = width.saturating_sub(route.to.1);
                // A shift by all 128 bits is none in Rust.
                let cut = |address: u128| address.checked_shr(shift).unwrap_or(0);
                cut(server) == cut(to)
            }
            _ => false,
        }
    })
}

/// Of the routes that `fit`, the interfaces of the longest with the smallest metric.
fn best(routes: &[Route], fit: impl Fn(&Route) -> bool) -> Vec<&str> {
    let rank = |route: &Route| (u32::MAX - route.to.1, route.metric);
    let fitting = || routes.iter().filter(|route| fit(route));
    let first = fitting().map(rank).min();
    fitting()
        .filter(|route| Some(rank(route)) == first)
        .map(|route| route.interface.as_str())
        .collect()
}

/// An address as a number, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const V4: &str = "\
Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth1\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
eth2\t0005000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth3\t0006000A\t00000000\t0201\t0\t0\t0\t00FFFFFF\t0\t0\t0
";
    const V6: &str = "\
fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth4
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000002 00000000 00450003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
";

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(v4: String, v6: String, server: u128) {
            let routes = routes(&v4, &v6);
            let _ = interfaces(&routes, Some(Ipv6Addr::from(server).into()));
        }
    }

    #[test]
    fn the_longest_route_leads_to_a_server_and_the_cheapest_default_to_all_else() {
        let routes = routes(V4, V6);
        let to = |server: &str| interfaces(&routes, Some(server.parse().unwrap()));
        assert_eq!(to("10.1.2.3"), ["eth1"]);
        assert_eq!(to("10.0.5.3"), ["eth2"]);
        assert_eq!(to("10.0.6.3"), ["eth1"]);
        assert_eq!(to("::ffff:10.0.5.3"), ["eth2"]);
        assert_eq!(to("192.0.2.1"), ["eth0"]);
        assert_eq!(to("fd00::1"), ["eth4"]);
        assert_eq!(to("2001:db8::1"), ["eth0"]);
        assert_eq!(interfaces(&routes, None), ["eth0"]);
        assert_eq!(interfaces(&[], None), [""; 0]);
    }
}
