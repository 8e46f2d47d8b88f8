//! What to do with every device that was asked for.

use super::entry::Decision;
use super::entry::Entry;
use super::entry::Match;
use std::rc::Rc;
use std::time::Duration;

use log::LevelFilter;

use super::availability::Availability;
use super::iommu::IommuVerdict;
use super::message::{About, Place, Reason, Warning};
use super::outcome::{Outcome, OutcomeKind};
use super::roster::Roster;
use super::taken_by_ids::TakenByIds;
use crate::config::Mode;
use crate::machine::{Framebuffer, Region};
use crate::pci::{Address, Device, DriverName};

/// What to do with every device that was asked for. It owns what it needs of the request and of the machine.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Whether it is to be carried out.
    pub mode: Mode,
    /// Where those who read its messages are.
    pub place: Place,
    /// What is logged.
    pub log: LevelFilter,
    /// How long one unbind may take.
    pub timeout: Duration,
    /// The kernel's release.
    pub kernel: String,
    /// Each selector to claim, and what it matched.
    pub matches: Vec<Match>,
    /// The devices, in the order of their addresses.
    pub entries: Vec<Rc<Entry>>,
    /// The drivers needed, and what has to be loaded for them.
    pub loads: Vec<(DriverName, Availability)>,
    /// The ids that drivers of the kernel hold, and what they took by them.
    pub taken_by_ids: TakenByIds,
    /// Whether there is an IOMMU.
    pub iommu: IommuVerdict,
    /// The boot framebuffer that has to be taken from a display which is claimed.
    pub framebuffer: Option<Framebuffer>,
    /// The groups of the devices, with every member.
    pub(super) rosters: Vec<Roster>,
    /// What is reserved in those groups.
    pub(super) regions: Vec<Region>,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

impl Plan {
    /// What would become of every device.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.entries.iter().cloned().map(Outcome::planned).collect()
    }

    /// Whether everything asked for is ours, or would be.
    pub fn is_satisfied(&self, outcomes: &[Outcome]) -> bool {
        !self.warnings.iter().any(|warning| warning.reason.is_loss())
            && !outcomes.iter().any(Outcome::is_loss)
    }

    /// All that is odd, the groups judged by what became of their members. What the claim itself reports is left out.
    pub fn warnings_after(&self, outcomes: &[Outcome]) -> Vec<Warning> {
        let planned = outcomes
            .iter()
            .any(|outcome| outcome.kind == OutcomeKind::Planned);
        let foreseen = self.warnings.iter();
        let foreseen =
            foreseen.filter(|w| !w.reason.is_of_group() && !w.reason.is_of_preparation());
        let foreseen = foreseen.filter(|w| planned || !w.reason.is_of_framebuffer());
        let groups = self.group_warnings(outcomes);
        let unprepared = self.preparation_warnings(outcomes);
        foreseen.cloned().chain(groups).chain(unprepared).collect()
    }

    /// The entry of the device at `address`.
    pub(super) fn entry(&self, address: Address) -> Option<&Entry> {
        let entries = &self.entries;
        let at = entries.binary_search_by_key(&address, |entry| entry.device.address);
        at.ok().and_then(|at| entries.get(at)).map(Rc::as_ref)
    }

    /// The warnings about `device`, about its group, or about a selector that matches it.
    pub fn warnings_about(&self, device: &Device) -> Vec<&Warning> {
        let matches = |text: &str| {
            let mut matches = self.matches.iter();
            matches.any(|one| one.requested.text == text && one.addresses.contains(&device.address))
        };
        let concerns = |warning: &&Warning| match &warning.about {
            About::Device(address) => *address == device.address,
            About::Group(group) => device.group == Some(*group),
            About::Selector(text) => matches(text),
            About::Machine => match &warning.reason {
                Reason::DisplayTaken { addresses } | Reason::InputTaken { addresses } => {
                    addresses.contains(&device.address)
                }
                Reason::AcsOverride { .. } => device.group.is_some(),
                _ => false,
            },
        };
        self.warnings.iter().filter(concerns).collect()
    }

    /// Whether the device at `address` is to be claimed.
    pub fn is_claimed(&self, address: Address) -> bool {
        self.entry(address)
            .is_some_and(|entry| entry.decision == Decision::Claim)
    }
}
