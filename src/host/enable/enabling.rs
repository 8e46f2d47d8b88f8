//! What `enable` is to make lasting, and what the next boot would do with it.

use crate::act::Claimed;
use crate::config::{Force, Mode, Origin, Request, RequestedSelector, Selector};
use crate::host::pci_ids::Names;
use crate::machine::{Bus, Machine};
use crate::plan::Plan;

use super::settings::Settings;
use super::stable::{Lasting, lasting};
use super::verdict::is_claimed;

/// What a user asks to enable.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The selectors as they were given.
    pub selectors: Vec<(String, Selector)>,
    /// The guards to override.
    pub forces: Vec<Force>,
}

impl Wanted {
    /// Reads the arguments of the command; an error names the first that makes no sense.
    pub fn parse(selectors: &[String], forces: &[String]) -> Result<Self, String> {
        let selector = |text: &String| {
            let parsed = text.parse().map_err(|error| format!("{text}: {error}"))?;
            Ok((text.clone(), parsed))
        };
        let force = |text: &String| {
            text.parse()
                .map_err(|error| format!("--force {text}: {error}"))
        };
        Ok(Self {
            selectors: selectors
                .iter()
                .map(selector)
                .collect::<Result<_, String>>()?,
            forces: forces.iter().map(force).collect::<Result<_, String>>()?,
        })
    }

    /// Every device but bridges, to find out what the running system does with each device.
    pub fn every_device(bus: &Bus) -> Self {
        let devices = bus.devices.iter().filter(|device| !device.is_bridge());
        let texts = devices.map(|device| device.address.to_string());
        let selectors = texts.filter_map(|text| Some((text.clone(), text.parse().ok()?)));
        Self {
            selectors: selectors.collect(),
            forces: Vec::new(),
        }
    }

    /// What `request` asks for with it, as it was given: what the running system does with all of that is to be found out.
    pub fn added_to(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let asks = self.selectors.iter();
        request
            .selectors
            .extend(asks.map(|(text, selector)| RequestedSelector {
                text: text.clone(),
                origin: origin(),
                selector: selector.clone(),
                driver: None,
            }));
        request
    }
}

/// The settings of `enable` with what is wanted, and the plan of a boot with them.
#[derive(Debug)]
pub struct Enabling {
    /// What is written for each selector.
    pub written: Vec<Lasting>,
    /// The settings afterwards.
    pub settings: Settings,
    /// What the next boot would do.
    pub claimed: Claimed,
    /// Whether all that is wanted would be claimed.
    pub is_claimed: bool,
}

impl Enabling {
    /// Decides what is written, where `request` is what the next boot is asked for without it, and `next` the machine that it
    /// finds.
    ///
    /// An error names a selector that takes no device.
    pub fn new(
        wanted: &Wanted,
        mut settings: Settings,
        request: &Request,
        next: &Machine,
        names: &Names,
    ) -> Result<Self, String> {
        let mut forced = request.clone();
        forced.forces.extend(wanted.forces.iter().cloned());
        let mut written = Vec::new();
        for (given, selector) in &wanted.selectors {
            let found = lasting(&forced, next, given, selector);
            if found.is_empty() {
                return Err(format!("{given} matches no device of this machine"));
            }
            written.extend(found);
        }
        for one in &written {
            settings.add(&one.selector, &name(one, next, names));
        }
        for force in forces(&wanted.forces, &written) {
            settings.add_force(&force);
        }
        let request = with(request, &written, &wanted.forces);
        let claimed = Claimed::planned(Plan::new(&request, next));
        let texts: Vec<String> = written.iter().map(|one| one.selector.clone()).collect();
        Ok(Self {
            is_claimed: request.forbids_claims().is_none() && is_claimed(&claimed, &texts),
            written,
            settings,
            claimed,
        })
    }
}

/// What the next boot is asked for with the selectors in `written`.
fn with(request: &Request, written: &[Lasting], forces: &[Force]) -> Request {
    let mut request = Request {
        mode: Mode::DryRun,
        ..request.clone()
    };
    for one in written {
        let known = |ask: &RequestedSelector| ask.text == one.selector;
        let parsed = one.selector.parse();
        if let (false, Ok(selector)) = (request.selectors.iter().any(known), parsed) {
            request.selectors.push(RequestedSelector {
                text: one.selector.clone(),
                origin: origin(),
                selector,
                driver: None,
            });
        }
    }
    request.forces.extend(forces.iter().cloned());
    request
}

/// Where it will be written.
fn origin() -> Origin {
    Origin {
        source: "vfio-early.d/50-enabled.conf".to_owned(),
        key: "ids".to_owned(),
    }
}

/// The overridden guards as they are written: for what is enabled, and nothing else.
fn forces(forces: &[Force], written: &[Lasting]) -> Vec<String> {
    let mut texts = Vec::new();
    for force in forces {
        match &force.scope {
            Some(_) => texts.push(force.to_string()),
            None => texts.extend(
                written
                    .iter()
                    .map(|one| format!("{force}@{}", one.selector)),
            ),
        }
    }
    texts
}

/// What people call the first device, for the comment beside its line.
fn name(one: &Lasting, next: &Machine, names: &Names) -> String {
    let mut devices = one.devices.iter().filter_map(|at| next.bus.get(*at));
    let Some(device) = devices.next() else {
        return String::new();
    };
    let name = names.device(device.id);
    let name = name.unwrap_or_else(|| names.class(device.class));
    let plain = crate::escape::escaped(&name);
    match devices.count() {
        0 => plain,
        more => format!("{plain}, and {more} more"),
    }
}
