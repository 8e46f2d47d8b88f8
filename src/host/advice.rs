//! The selector to write for a device. It is never advised before a plan of exactly that selector has judged it.

use crate::config::{Extent, Mode, Origin, Request, RequestedSelector};
use crate::machine::Machine;
use crate::pci::{Address, Device};
use crate::plan::{Outcome, OutcomeKind, Plan, Reason};

/// What a selector can take besides the device, the least first.
const SUFFIXES: [&str; 3] = [CARD, "+functions", "+group"];

/// The suffix that is for displays only.
const CARD: &str = "+card";

/// Whether the host loses something that it uses.
fn is_loss(reason: &&Reason) -> bool {
    matches!(
        reason,
        Reason::BootDisplayTaken
            | Reason::DisplayTaken { .. }
            | Reason::InputTaken { .. }
            | Reason::UsedNow { .. }
    )
}

/// Whether no virtual machine could have the group.
fn is_not_viable(reason: &&Reason) -> bool {
    matches!(
        reason,
        Reason::GroupBlocked { .. } | Reason::GroupShared { .. }
    )
}

/// A selector for one device, and what the next boot would do if it were the only one.
#[derive(Clone, Debug)]
pub struct Advice {
    /// The device that it is for.
    address: Address,
    /// The selector as it is written.
    pub selector: String,
    /// The plan of a boot that has this selector alone.
    pub plan: Plan,
    /// What else it takes, in the order of the addresses.
    pub others: Vec<Address>,
}

impl Advice {
    /// The selector that stays right for `device` on `next`, the machine as its next boot finds it: its id at its place,
    /// with what has to go with it.
    pub fn identity(request: &Request, next: &Machine, device: &Device) -> Self {
        let place = place(device);
        Self::of(request, next, device, &format!("{}@{place}", device.id))
    }

    /// The same for a claim that is to last: a display comes with its card.
    pub fn lasting(request: &Request, next: &Machine, device: &Device) -> Self {
        if device.class.is_display() {
            let base = format!("{}@{}", device.id, place(device));
            let alone = Self::judged(request, next, device, &base);
            let card = Self::judged(request, next, device, &format!("{base}+card"));
            if card.is_viable() && card.losses() <= alone.losses() {
                return card;
            }
        }
        Self::identity(request, next, device)
    }

    /// The same with what its owner wants to go with it.
    pub fn with_extent(request: &Request, next: &Machine, device: &Device, extent: Extent) -> Self {
        let place = place(device);
        let text = format!("{}@{place}{}", device.id, extent.suffix());
        Self::judged(request, next, device, &text)
    }

    /// The same by the place alone.
    pub fn place(request: &Request, next: &Machine, device: &Device) -> Self {
        Self::of(request, next, device, &place(device))
    }

    /// `base` with the first suffix that makes its group viable and takes nothing from the host; without one where there
    /// is none.
    fn of(request: &Request, next: &Machine, device: &Device, base: &str) -> Self {
        let alone = Self::judged(request, next, device, base);
        if alone.is_viable() {
            return alone;
        }
        let is_display = device.class.is_display();
        let suffixes = SUFFIXES
            .iter()
            .filter(|suffix| is_display || **suffix != CARD);
        let more = suffixes.map(|suffix| format!("{base}{suffix}"));
        let mut more = more.map(|text| Self::judged(request, next, device, &text));
        let fits =
            |advice: &Self| advice.is_viable() && advice.adds_nothing_used(next, device, &alone);
        more.find(fits).unwrap_or(alone)
    }

    fn judged(request: &Request, next: &Machine, device: &Device, text: &str) -> Self {
        let plan = Plan::new(&alone(request, text), next);
        let taken = plan.matches.iter().flat_map(|one| &one.addresses);
        let others = taken.copied().filter(|other| *other != device.address);
        Self {
            address: device.address,
            selector: text.to_owned(),
            others: others.collect(),
            plan,
        }
    }

    /// What the next boot would do with the device.
    pub fn outcome(&self) -> Option<Outcome> {
        let mut outcomes = self.plan.outcomes().into_iter();
        outcomes.find(|outcome| outcome.entry.device.address == self.address)
    }

    /// Whether the device would be ours.
    fn is_ours(&self) -> bool {
        self.outcome().is_some_and(|outcome| outcome.kind.is_ours())
    }

    /// The code of what stands against writing the selector.
    pub fn objection(&self) -> Option<&'static str> {
        self.obstacle().as_ref().map(Reason::code)
    }

    /// What stands against writing the selector: the device would be refused, its group would be of no use, or the host
    /// would lose it. That the machine lacks IOMMU or driver is no matter of one device.
    pub fn obstacle(&self) -> Option<Reason> {
        let outcome = self.outcome()?;
        if outcome.kind == OutcomeKind::Failed {
            return None;
        }
        match outcome.reason {
            Some(Reason::NoIommu { .. }) => None,
            Some(reason) => Some(reason),
            None => self
                .reasons()
                .find(|reason| is_loss(reason) || is_not_viable(reason))
                .cloned(),
        }
    }

    /// Whether a virtual machine could have the device's group then; also where nobody claims the device, and more of the
    /// group would not help.
    pub fn is_viable(&self) -> bool {
        !self.is_ours() || !self.reasons().any(|reason| is_not_viable(&reason))
    }

    /// The reasons of the plan's warnings, which are all about what this selector takes.
    fn reasons(&self) -> impl Iterator<Item = &Reason> {
        self.plan.warnings.iter().map(|warning| &warning.reason)
    }

    /// Whether all else that it takes is in the group of `device`, and no more is taken from the host than `alone` takes.
    fn adds_nothing_used(&self, next: &Machine, device: &Device, alone: &Self) -> bool {
        let shares = |address: &Address| {
            let other = next.bus.get(*address);
            other.is_some_and(|other| other.group == device.group)
        };
        self.others.iter().all(shares) && self.losses() <= alone.losses()
    }

    /// How much the host loses that it uses.
    fn losses(&self) -> usize {
        self.reasons().filter(is_loss).count()
    }
}

/// The place of a device: its path where that is known.
fn place(device: &Device) -> String {
    match &device.path {
        Some(path) => path.to_string(),
        None => device.address.to_string(),
    }
}

/// The request, if it asked for what `text` takes and nothing else.
fn alone(request: &Request, text: &str) -> Request {
    let requested = text.parse().ok().map(|selector| RequestedSelector {
        text: text.to_owned(),
        origin: Origin {
            source: "vfio-early".to_owned(),
            key: "ids".to_owned(),
        },
        selector,
        driver: None,
    });
    Request {
        selectors: requested.into_iter().collect(),
        mode: Mode::DryRun,
        vfs: Vec::new(),
        problems: Vec::new(),
        ..request.clone()
    }
}

/// The request that takes everything which an advice for `device` can take.
pub fn widest(request: &Request, device: &Device) -> Request {
    let mut wide = request.clone();
    for suffix in SUFFIXES {
        let text = format!("{}{suffix}", device.address);
        wide.selectors.extend(alone(request, &text).selectors);
    }
    wide
}
