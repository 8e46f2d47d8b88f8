//! Compares what a test wants with what was seen, and names every difference.
//!
//! Besides the test's own expectations it checks what holds on every boot: nothing is taken that was not asked for, overrides
//! stay on claimed devices only, the kernel log gets ten lines at most, the report agrees with sysfs. To add an
//! expectation: a field in [`Wanted`], a check in [`faults`].

use std::collections::BTreeMap;

use serde_json::Value;

use super::machine::Host;
use super::seen::Seen;

/// What a boot must have come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// The host driver that holds a device before the claim.
    pub(crate) held: BTreeMap<String, &'static str>,
    /// The driver of a device at the end.
    pub(crate) drivers: BTreeMap<String, String>,
    pub(crate) status: i32,
    /// Codes of warnings in the report.
    pub(crate) warnings: Vec<&'static str>,
    /// Devices not claimed, with the report's outcome and code.
    pub(crate) outcomes: BTreeMap<String, (&'static str, Option<&'static str>)>,
    /// Names that must be in the program's output or its kernel log lines.
    pub(crate) names: Vec<String>,
    /// Lines the test's script must print.
    pub(crate) script: Vec<String>,
    /// Whether the claim came before the guest's init, which then does not see the machine as it was at start.
    pub(crate) first: bool,
    /// Whether there is a report; not when nothing was asked for.
    pub(crate) report: bool,
}

/// The drivers that hold a device for somebody else; without them it is the host's.
const KEEPERS: [&str; 2] = ["vfio-pci", "pci-stub"];

/// The word for a device that no driver has, and that is held so.
const HELD: &str = "none";

impl Wanted {
    /// Whether this device is to be claimed.
    pub(crate) fn claims(&self, address: &str) -> bool {
        self.drivers
            .get(address)
            .is_some_and(|driver| KEEPERS.contains(&driver.as_str()))
    }

    /// The devices that a driver is to have at the end.
    pub(crate) fn awaited(&self) -> impl Iterator<Item = &str> {
        let drivers = self.drivers.iter().filter(|(_, driver)| *driver != HELD);
        drivers.map(|(address, _)| address.as_str())
    }

    /// Whether no driver is to have this device.
    fn holds(&self, address: &str) -> bool {
        self.drivers
            .get(address)
            .is_some_and(|driver| driver == HELD)
    }
}

/// Every difference between what is wanted and what was seen, as a sentence each.
pub(crate) fn faults(wanted: &Wanted, seen: &Seen, hosts: &[Host]) -> Vec<String> {
    if !seen.complete {
        return vec!["the guest did not come to the end of its init".to_owned()];
    }
    [
        drivers(wanted, seen),
        overrides(wanted, seen),
        host_drivers(wanted, seen, hosts),
        messages(wanted, seen),
        report(wanted, seen),
    ]
    .concat()
}

/// Driver links: as wanted at the end, and nothing else on vfio-pci or pci-stub at any time.
fn drivers(wanted: &Wanted, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for (address, driver) in &wanted.held {
        let is = seen
            .before
            .get(address)
            .and_then(|function| function.driver.as_deref());
        if is != Some(driver) {
            faults.push(format!(
                "{address}: wanted {driver} before the claim, seen {}",
                name(is)
            ));
        }
    }
    for (address, driver) in &wanted.drivers {
        let is = seen
            .after
            .get(address)
            .and_then(|function| function.driver.as_deref());
        let wanted_driver = Some(driver.as_str()).filter(|driver| *driver != HELD);
        if is != wanted_driver {
            faults.push(format!("{address}: wanted {driver}, seen {}", name(is)));
        }
    }
    for (time, table) in [
        ("after the claim", &seen.claimed),
        ("at the end", &seen.after),
    ] {
        for (address, function) in table {
            let taken = function
                .driver
                .as_deref()
                .filter(|driver| KEEPERS.contains(driver));
            if let (Some(driver), false) = (taken, wanted.claims(address)) {
                faults.push(format!("{address}: not asked for, but on {driver} {time}"));
            }
            if taken.is_none() && wanted.claims(address) {
                faults.push(format!(
                    "{address}: {} {time}",
                    name(function.driver.as_deref())
                ));
            }
        }
    }
    faults
}

/// A device that is claimed or held keeps its override, every other one has none.
fn overrides(wanted: &Wanted, seen: &Seen) -> Vec<String> {
    let unset = "(null)".to_owned();
    let wanted_driver = |address: &String| {
        wanted
            .drivers
            .get(address)
            .filter(|_| wanted.claims(address) || wanted.holds(address))
            .unwrap_or(&unset)
    };
    let differ = seen
        .overrides
        .iter()
        .filter(|(address, is)| wanted_driver(address) != *is);
    let fault = |(address, is): (&String, &String)| {
        format!(
            "{address}: driver_override wanted {}, seen {is}",
            wanted_driver(address)
        )
    };
    differ.map(fault).collect()
}

/// A host driver that had a device which was free at start must have logged that.
fn host_drivers(wanted: &Wanted, seen: &Seen, hosts: &[Host]) -> Vec<String> {
    let mut faults = Vec::new();
    for address in wanted
        .drivers
        .keys()
        .filter(|address| wanted.claims(address))
    {
        let free = wanted.first
            || seen
                .before
                .get(address)
                .is_some_and(|function| function.driver.is_none());
        let driver_said = |line: &&String| {
            let text = line.split_once("] ").map_or("", |(_, text)| text);
            hosts.iter().any(|host| text.starts_with(host.driver))
                && text.contains(address.as_str())
        };
        if let (true, Some(line)) = (free, seen.kmsg.iter().find(driver_said)) {
            faults.push(format!(
                "{address}: was free, but a host driver had it: {line}"
            ));
        }
    }
    faults
}

/// Exit status, words, kernel log lines.
fn messages(wanted: &Wanted, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    if seen.status != Some(wanted.status) {
        faults.push(format!(
            "exit status: wanted {}, seen {:?}",
            wanted.status, seen.status
        ));
    }
    let spoken = seen.spoken();
    let missing = |name: &&String| {
        !seen.output.iter().any(|line| line.contains(name.as_str()))
            && !spoken.iter().any(|line| line.contains(name.as_str()))
    };
    for name in wanted.names.iter().filter(missing) {
        faults.push(format!(
            "nothing printed and no kernel log line contains {name:?}"
        ));
    }
    let unlimited = |line: &String| line.contains("printk.devkmsg=on");
    if spoken.len() > 10 && !seen.kmsg.iter().any(unlimited) {
        faults.push(format!(
            "{} kernel log lines, at most ten get through",
            spoken.len()
        ));
    }
    for line in wanted
        .script
        .iter()
        .filter(|line| !seen.script.contains(line))
    {
        faults.push(format!(
            "the script did not print {line:?}, but {:?}",
            seen.script
        ));
    }
    faults
}

/// The report: there or not, the warnings, and for each device the same drivers that sysfs shows.
fn report(wanted: &Wanted, seen: &Seen) -> Vec<String> {
    if seen.report.is_some() != wanted.report {
        return vec![format!(
            "a report: wanted {}, seen {}",
            wanted.report,
            seen.report.is_some()
        )];
    }
    let mut faults = Vec::new();
    let warnings = seen.warnings();
    for code in wanted
        .warnings
        .iter()
        .filter(|code| !warnings.contains(code))
    {
        faults.push(format!(
            "warning {code} is not in the report, only {warnings:?}"
        ));
    }
    for (address, (outcome, code)) in &wanted.outcomes {
        let is = seen
            .device(address)
            .map(|device| (device["outcome"].as_str(), device["code"].as_str()));
        if is != Some((Some(*outcome), *code)) {
            faults.push(format!(
                "{address}: outcome wanted {outcome} {code:?}, seen {is:?}"
            ));
        }
    }
    for (address, driver) in wanted
        .drivers
        .iter()
        .filter(|(address, _)| wanted.report && (wanted.claims(address) || wanted.holds(address)))
    {
        let before = seen
            .before
            .get(address)
            .and_then(|function| function.driver.clone())
            .filter(|_| !wanted.first);
        let wanted_driver = if wanted.holds(address) {
            (Value::from(before), Value::Null, Value::from("held"))
        } else {
            let after = Value::from(driver.as_str());
            (Value::from(before), after, Value::from("claimed"))
        };
        let is = seen.device(address).map(|device| {
            (
                device["driver_before"].clone(),
                device["driver_after"].clone(),
                device["outcome"].clone(),
            )
        });
        if is.as_ref() != Some(&wanted_driver) {
            faults.push(format!(
                "{address}: report wanted {wanted_driver:?}, seen {is:?}"
            ));
        }
    }
    faults
}

fn name(driver: Option<&str>) -> &str {
    driver.unwrap_or("no driver")
}
