//! What became of one device.

use std::rc::Rc;
use std::time::Duration;

use super::entry::{Decision, Entry};
use super::message::Reason;
use super::preparation::PlannedPreparation;
use crate::config::Mode;
use crate::machine::Bus;
use crate::pci::{DriverName, GroupId};

/// The outcome in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// It is ours now.
    Claimed,
    /// It was ours before.
    Already,
    /// It would be ours, but for the dry run.
    Planned,
    /// No driver gets it, so that its group can be given away; or would so, but for the dry run.
    Held,
    /// A guard, or the user, left it with the host.
    Refused,
    /// It should be ours and is not.
    Failed,
}

impl OutcomeKind {
    /// Whether the device is ours, or would be but for the dry run.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Claimed | Self::Already | Self::Planned)
    }

    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claimed => "claimed",
            Self::Already => "already",
            Self::Planned => "planned",
            Self::Held => "held",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What became of one entry of the plan.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The entry.
    pub entry: Rc<Entry>,
    /// The driver that it gets, as the kernel spells it.
    pub driver: DriverName,
    /// What became of it.
    pub kind: OutcomeKind,
    /// Why, where it is not ours.
    pub reason: Option<Reason>,
    /// The driver that has it in the end.
    pub driver_after: Option<DriverName>,
    /// Its group in the end; some kernels make it with the bind.
    pub group: Option<GroupId>,
    /// Who else is in the group that the bind made, or showed.
    pub late: Option<Box<Bus>>,
    /// What was done to it before its driver came.
    pub preparations: Vec<PlannedPreparation>,
    /// The time spent on it.
    pub elapsed: Duration,
}

impl Outcome {
    /// The outcome of an entry with which nothing is done.
    pub fn planned(entry: Rc<Entry>) -> Self {
        let (kind, reason) = match &entry.decision {
            Decision::Claim => (OutcomeKind::Planned, None),
            Decision::Already => (OutcomeKind::Already, None),
            Decision::Hold => (OutcomeKind::Held, None),
            Decision::Refuse(reason) => (OutcomeKind::Refused, Some(reason.clone())),
            Decision::Fail(reason) => (OutcomeKind::Failed, Some(reason.clone())),
        };
        let (driver_after, group) = (entry.device.driver.clone(), entry.device.group);
        // Ours already is what has the driver that was meant.
        let had = entry.device.driver.as_ref();
        let had = had.filter(|_| entry.decision == Decision::Already);
        Self {
            driver: had.unwrap_or(&entry.driver).clone(),
            kind,
            reason,
            driver_after,
            group,
            late: None,
            preparations: Self::foreseen(&entry),
            entry,
            elapsed: Duration::ZERO,
        }
    }

    /// Whether something asked for is not ours. What its owner keeps with the host was not asked for.
    pub fn is_loss(&self) -> bool {
        let lost = matches!(self.kind, OutcomeKind::Refused | OutcomeKind::Failed);
        lost && !self.reason.as_ref().is_some_and(Reason::is_requested)
    }
}

/// The word of the report for a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Claim => "claim",
        Mode::DryRun => "dry-run",
        Mode::Off => "off",
    }
}
