//! A reason and what it is about.

use super::about::About;
use super::place::Place;
use super::reason::Reason;
use crate::config::Problem;
use crate::pci::{Address, GroupId};

/// A message that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it is about.
    pub about: About,
    /// What is so.
    pub reason: Reason,
}

impl Warning {
    /// A warning about one device.
    pub fn device(address: Address, reason: Reason) -> Self {
        Self {
            about: About::Device(address),
            reason,
        }
    }

    /// A warning about one IOMMU group.
    pub fn group(group: GroupId, reason: Reason) -> Self {
        Self {
            about: About::Group(group),
            reason,
        }
    }

    /// A warning about one selector.
    pub fn selector(text: &str, reason: Reason) -> Self {
        Self {
            about: About::Selector(text.to_owned()),
            reason,
        }
    }

    /// The sentence for people: subject, fact and fix.
    pub fn message(&self, place: Place) -> String {
        let message = self.reason.message(place);
        match &self.about {
            About::Machine => message,
            about => format!("{about}: {message}"),
        }
    }
}

/// A warning about the machine as a whole.
impl From<Reason> for Warning {
    fn from(reason: Reason) -> Self {
        Self {
            about: About::Machine,
            reason,
        }
    }
}

impl From<Problem> for Warning {
    fn from(problem: Problem) -> Self {
        Reason::from(problem).into()
    }
}
