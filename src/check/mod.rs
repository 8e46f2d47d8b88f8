//! Whether this machine is ready for a claim: each thing that it needs, what is so, and what to do where it is not.
//!
//! *Pure*, except `find.rs` and `here.rs`, which read. Source of truth: vfio-early(8), which is ours.
//! To add one: a function from what is known to a [`Finding`], called in [`findings`], and a row in the man page.

mod claim;
mod contents;
mod find;
mod firmware;
mod here;
mod image;
mod others;

use crate::ask::Request;
use crate::machine::Machine;
use crate::pci::DriverName;
use crate::plan::Plan;
use crate::tell::Report;

pub use contents::{Contents, Generator};
pub use find::images;
pub use here::Here;
pub use image::Image;

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it is needed.
    Ok,
    /// The claim can be made, but its owner should know.
    Warn,
    /// What is needed is not there.
    Missing,
    /// It cannot be told from here.
    Unknown,
}

impl Mark {
    /// The word that is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing that the machine needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How it stands.
    pub mark: Mark,
    /// What it is about, in one word.
    pub topic: &'static str,
    /// What is so.
    pub fact: String,
    /// What to do, where the fact does not say it.
    pub fix: Option<String>,
}

impl Finding {
    fn new(mark: Mark, topic: &'static str, fact: impl Into<String>) -> Self {
        Self {
            mark,
            topic,
            fact: fact.into(),
            fix: None,
        }
    }

    fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// What the findings are made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The machine as it is now.
    pub machine: &'a Machine,
    /// What is asked of its next boot.
    pub request: &'a Request,
    /// What that boot does.
    pub plan: &'a Plan<'a>,
    /// What the last one did.
    pub report: Option<&'a Report>,
    /// What else the host has; `None` of a machine that is known by a text only.
    pub here: Option<&'a Here>,
}

impl Known<'_> {
    /// The drivers that devices get; vfio-pci where none is asked for.
    fn drivers(&self) -> Vec<DriverName> {
        let entries = self.plan.entries.iter();
        let mut drivers: Vec<DriverName> = entries.map(|entry| entry.driver.clone()).collect();
        drivers.sort_unstable();
        drivers.dedup();
        if drivers.is_empty() {
            drivers.push(DriverName::vfio_pci());
        }
        drivers
    }
}

/// Everything that a claim needs, in the order in which it is put right.
pub fn findings(known: &Known<'_>) -> Vec<Finding> {
    let mut findings = firmware::findings(known);
    match known.here {
        Some(here) => {
            findings.extend(image::findings(known, here));
            findings.extend(claim::findings(known));
            findings.extend(others::findings(known, here));
        }
        None => {
            findings.extend(claim::findings(known));
            let fact = "images, configuration and Secure Boot of that machine are not told";
            findings.push(Finding::new(Mark::Unknown, "image", fact));
        }
    }
    findings
}

/// Whether everything needed is there, as far as it is known.
pub fn is_ready(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| finding.mark == Mark::Missing)
}
