//! One thing that a claim needs, and whether it is there.

use std::fmt::Arguments;

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As it is needed.
    Ok,
    /// The claim can be made, but its owner should know.
    Warn,
    /// What is needed is not there.
    Missing,
    /// It is not known here.
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
    /// What to do, where the fact does not show it.
    pub fix: Option<String>,
}

/// Findings, as they come.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn put(&mut self, mark: Mark, topic: &'static str, fact: Arguments<'_>) {
        self.0.push(Finding {
            mark,
            topic,
            fact: fact.to_string(),
            fix: None,
        });
    }

    /// A message, which has its fix beside the fact.
    pub(super) fn put_message(
        &mut self,
        mark: Mark,
        topic: &'static str,
        fact: String,
        fix: Option<String>,
    ) {
        self.0.push(Finding {
            mark,
            topic,
            fact,
            fix,
        });
    }

    /// The same with what to do.
    pub(super) fn put_fix(
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

/// Whether everything needed is there, as far as it is known.
pub fn is_ready(findings: &[Finding]) -> bool {
    !findings.iter().any(|finding| finding.mark == Mark::Missing)
}
