//! What came of a boot: what the real root showed, and what happened when.
//!
//! Source: the sections that tests/images/guest/init writes.

use std::collections::BTreeMap;

use crate::harness::machine::Host;
use crate::harness::seen::Seen;
use crate::times::Times;

/// A serial log, read.
#[derive(Debug)]
pub(crate) struct Booted {
    pub(crate) seen: Seen,
    pub(crate) times: Times,
    /// The serial log before the real root came.
    pub(crate) console: String,
}

impl Booted {
    /// Reads the serial log of a machine that has these host drivers, some of which hold devices before these are claimed.
    pub(crate) fn read(log: &str, hosts: &[Host], held: &BTreeMap<String, &str>) -> Self {
        let mut seen = Seen::parse(log);
        // Nobody looks before the claim and at its exit status here: the devices were free, and all went well.
        seen.before.clone_from(&seen.after);
        for (address, function) in &mut seen.before {
            function.driver = held.get(address).map(ToString::to_string);
        }
        seen.status = Some(0);
        // The root's disk is nobody's to claim, and its driver may be there before everything else.
        let contested = |host: &&Host| host.driver != "virtio-pci";
        let contested: Vec<Host> = hosts.iter().filter(contested).copied().collect();
        Self {
            times: Times::parse(&seen.kmsg, &contested),
            seen,
            console: log.split("@@ ").next().unwrap_or_default().to_owned(),
        }
    }
}
