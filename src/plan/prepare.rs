//! What is to be done to a device before its driver comes, and what became of that.

use super::preparation::PlannedPreparation;
use super::preparation::PreparationState;
use std::fmt::Write;

use super::entry::{Decision, Entry};
use super::message::{Reason, Unprepared, Warning};
use super::outcome::Outcome;
use super::plan::Plan;
use crate::config::{Preparation, Prepare, Request};
use crate::machine::{Machine, selected};
use crate::pci::{Address, Device};

/// The user's preparations in the order written, each with the devices that it is for, in the order of their
/// addresses.
#[derive(Debug)]
pub(super) struct Preparations<'a>(Vec<(&'a Prepare, Vec<Address>)>);

impl<'a> Preparations<'a> {
    pub(super) fn new(request: &'a Request, machine: &Machine) -> Self {
        let devices = |prepare: &Prepare| {
            let found = selected(&prepare.scope, &machine.bus).into_iter();
            found.map(|device| device.address).collect()
        };
        let all = request.preparations.iter();
        Self(all.map(|prepare| (prepare, devices(prepare))).collect())
    }

    /// What is to be done to `device`, in the order in which it is done.
    pub(super) fn of(&self, device: &Device, machine: &Machine) -> Vec<PlannedPreparation> {
        let mut wanted: Vec<PlannedPreparation> = Vec::new();
        for (prepare, devices) in &self.0 {
            if devices.binary_search(&device.address).is_ok() {
                wanted.retain(|other| !prepare.what.replaces(&other.what));
                wanted.push(PlannedPreparation {
                    what: prepare.what.clone(),
                    state: PreparationState::Planned,
                    reason: None,
                    before: None,
                });
            }
        }
        wanted.sort_unstable_by_key(|one| order(&one.what));
        for one in &mut wanted {
            if let Some(why) = against(&one.what, device).filter(|_| !machine.unknown.resets) {
                one.fail(why);
            }
        }
        wanted
    }

    /// A warning for each that is for no device in `asked`, which is in order.
    pub(super) fn unused(&self, asked: &[Address]) -> Vec<Warning> {
        let idle = |devices: &[Address]| {
            !devices
                .iter()
                .any(|address| asked.binary_search(address).is_ok())
        };
        let unused = self.0.iter().filter(|(_, devices)| idle(devices));
        let warning = |(prepare, _): &(&Prepare, _)| {
            let (rule, devices) = (prepare.to_string(), "device that is asked for");
            Reason::UnusedRule { rule, devices }.into()
        };
        unused.map(warning).collect()
    }
}

/// The ROM comes first, before anything has changed.
fn order(what: &Preparation) -> (u8, u8) {
    match what {
        Preparation::Rom => (0, 0),
        Preparation::Rebar(bar, _) => (1, *bar),
        Preparation::ResetMethod(_) => (2, 0),
        Preparation::D3cold => (3, 0),
    }
}

/// What is known to stand against a preparation of `device`.
fn against(what: &Preparation, device: &Device) -> Option<Unprepared> {
    let details = device.details.as_deref().cloned().unwrap_or_default();
    match what {
        Preparation::Rom => (!details.rom).then_some(Unprepared::NoRom),
        Preparation::Rebar(bar, size) => {
            let found = details.resizable.iter().find(|one| one.bar == *bar);
            let offered = found.map(|one| one.list(", ")).unwrap_or_default();
            let fits = found.is_some_and(|one| one.offers(*size));
            (!fits).then_some(Unprepared::Rebar { offered })
        }
        Preparation::ResetMethod(names) => {
            let offered = String::from(details.reset_methods.unwrap_or_default());
            // With `default` the kernel looks anew.
            let known = |name| name == "default" || offered.split(' ').any(|other| other == name);
            (!names.split(' ').all(known)).then_some(Unprepared::ResetMethod { offered })
        }
        Preparation::D3cold => None,
    }
}

impl Plan {
    /// What is to be prepared and cannot be, one warning each.
    pub(super) fn preparation_warnings(&self, outcomes: &[Outcome]) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for outcome in outcomes {
            let reasons = outcome.preparations.iter();
            let reasons = reasons.filter_map(|one| one.reason.clone());
            let address = outcome.entry.device.address;
            warnings.extend(reasons.map(|reason| Warning::device(address, reason)));
        }
        warnings
    }
}

impl Outcome {
    /// The preparations of an entry, of which none is done where it is not claimed.
    pub(super) fn foreseen(entry: &Entry) -> Vec<PlannedPreparation> {
        let mut preparations = entry.preparations.clone();
        if entry.decision != Decision::Claim {
            for one in &mut preparations {
                (one.state, one.reason) = (PreparationState::Skipped, None);
            }
        }
        preparations
    }

    /// What is done to the device besides, as `, with rom=copy, d3cold=off`; nothing where nothing is.
    pub fn company(&self) -> String {
        let mut text = String::new();
        let planned = |one: &&PlannedPreparation| {
            matches!(
                one.state,
                PreparationState::Planned | PreparationState::Done
            )
        };
        for (index, one) in self.preparations.iter().filter(planned).enumerate() {
            let before = if index == 0 { ", with" } else { "," };
            let _ = write!(text, "{before} {}", one.what);
        }
        text
    }
}
