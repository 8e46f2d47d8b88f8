//! Whether this machine is ready for a claim: each thing that it needs, what is so, and what to do where it is not.

pub mod claim;
pub mod contents;
pub mod find;
pub mod firmware;
pub mod here;
pub mod image;
pub mod others;
pub mod print;

use std::fmt::Arguments;

use crate::config::Request;
use crate::machine::Machine;
use crate::pci::DriverName;
use crate::plan::Plan;
use crate::report::Report;

pub use contents::{Contents, Generator};
pub use find::images;
pub use here::Here;
pub use image::InstalledImage;

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

/// Findings, as they come.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn put(&mut self, mark: Mark, topic: &'static str, fact: Arguments<'_>) {
        self.0.push(Finding {
            mark,
            topic,
            fact: fact.to_string(),
            fix: None,
        });
    }

    /// The same with what to do.
    fn put_fix(
        &mut self,
        mark: Mark,
        topic: &'static str,
        fact: Arguments<'_>,
        fix: Arguments<'_>,
    ) {
        self.put(mark, topic, fact);
        if let Some(last) = self.0.last_mut() {
            last.fix = Some(fix.to_string());
        }
    }
}

/// What the findings are made from.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The machine as it is now.
    pub machine: &'a Machine,
    /// The machine as its next boot finds it.
    pub next: &'a Machine,
    /// What is asked of its next boot.
    pub request: &'a Request,
    /// What that boot does.
    pub plan: &'a Plan,
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
    let mut list = Findings::default();
    firmware::look(known, &mut list);
    match known.here {
        Some(here) => {
            image::look(known, here, &mut list);
            claim::look(known, &mut list);
            others::look(known, here, &mut list);
        }
        None => {
            claim::look(known, &mut list);
            let fact =
                format_args!("images, configuration and Secure Boot of that machine are not told");
            list.put(Mark::Unknown, "image", fact);
        }
    }
    list.0
}

/// Whether everything needed is there, as far as it is known.
pub fn is_ready(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| finding.mark == Mark::Missing)
}
