//! A preparation of one device, and how far it is.

use super::message::{Reason, Unprepared};
use crate::config::Preparation;

/// A preparation of one device.
#[derive(Clone, Debug)]
pub struct PlannedPreparation {
    /// What to do.
    pub what: Preparation,
    /// What became of it.
    pub state: PreparationState,
    /// Why it could not be done.
    pub reason: Option<Reason>,
    /// What to write to take it back.
    pub before: Option<String>,
}

/// What became of a preparation, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PreparationState {
    /// It is to be done.
    Planned,
    /// It was done.
    Done,
    /// It could not be done.
    Failed,
    /// The device is not claimed, or was ours before: nothing was done.
    Skipped,
    /// It was done and taken back, for the claim failed.
    Undone,
}

impl PreparationState {
    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Undone => "undone",
        }
    }
}

impl PlannedPreparation {
    /// Ends it without success.
    pub fn fail(&mut self, why: Unprepared) {
        self.state = PreparationState::Failed;
        self.reason = Some(Reason::Unprepared {
            what: self.what.to_string(),
            why,
        });
    }
}
