//! The trial of a claim, as the running host sees it: started by `enable`, ended by `confirm` or `disable`.
//!
//! Source: the EFI variable that `config/trial.rs` describes, and the report of the boot.

use std::fmt;

use crate::config::{Problem, Trial};
use crate::report::{Report, TRIAL_PASSED, TRIAL_RUNS};
use crate::sys::{Error, Root, TRIAL};

/// How many boots make the claim before one must have been confirmed.
const BOOTS: u8 = 1;

/// How far a trial has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialState {
    /// The next boot makes the claim on trial.
    Next,
    /// This boot has made it and is not confirmed.
    Running {
        /// Whether only its owner confirms it.
        by_hand: bool,
    },
    /// This boot has made it and was confirmed.
    Passed,
    /// A boot has made it and was not confirmed: nothing is claimed.
    Failed,
}

impl TrialState {
    /// The state below `root` where the boot left `report`; `None` where no claim is on trial.
    pub fn read(root: &Root, report: Option<&Report>) -> Option<Self> {
        let variable = root.variable(TRIAL).ok().flatten();
        let trial = variable.as_deref().and_then(Trial::parse);
        Self::new(trial, report.and_then(|report| report.trial.as_deref()))
    }

    fn new(trial: Option<Trial>, reported: Option<&str>) -> Option<Self> {
        match trial {
            Some(Trial {
                boots_left: 1.., ..
            }) => Some(Self::Next),
            Some(Trial { by_hand, .. }) if reported == Some(TRIAL_RUNS) => {
                Some(Self::Running { by_hand })
            }
            Some(_) => Some(Self::Failed),
            None => (reported == Some(TRIAL_PASSED)).then_some(Self::Passed),
        }
    }
}

/// What is so, in a few words.
impl fmt::Display for TrialState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Next => "the next boot is on trial",
            Self::Running { .. } => "this boot is on trial and not confirmed yet",
            Self::Passed => "the trial was passed",
            Self::Failed => "the trial failed, and nothing is claimed",
        })
    }
}

/// Whether the next boot below `root` claims nothing because a trial failed.
pub fn has_failed(root: &Root) -> bool {
    // A report that cannot be read is named by whoever needs it.
    let report = || Report::read(root).ok().flatten();
    matches!(root.variable(TRIAL), Ok(Some(_)))
        && TrialState::read(root, report().as_ref()) == Some(TrialState::Failed)
}

/// Why no trial can be started.
#[derive(Debug)]
pub enum NoTrial {
    /// The firmware keeps no variables for the running system.
    NoVariables,
    /// The variable could not be written.
    NotWritten(Error),
}

impl fmt::Display for NoTrial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVariables => f.write_str(
                "the next boot is not on trial: this machine was not started by UEFI firmware, or its variables are not \
                 mounted",
            ),
            Self::NotWritten(error) => write!(f, "the next boot is not on trial: {error}"),
        }
    }
}

/// Puts the claim of the next boot on trial; only its owner ends that trial where `by_hand` is set.
pub fn start(root: &Root, by_hand: bool) -> Result<(), NoTrial> {
    if !root.has_variables() {
        return Err(NoTrial::NoVariables);
    }
    let trial = Trial {
        boots_left: BOOTS,
        by_hand,
    };
    root.write_variable(TRIAL, &trial.to_bytes())
        .map_err(NoTrial::NotWritten)
}

/// Deletes the variable of a trial, whatever its state; `false` where there is none.
pub fn delete(root: &Root) -> Result<bool, Error> {
    root.remove_variable(TRIAL)
}

/// Ends the trial of this boot, which made the claim: every boot makes it from now on.
pub fn confirm(root: &Root, mut report: Report) -> Result<(), Error> {
    delete(root)?;
    report.trial = Some(TRIAL_PASSED.to_owned());
    let by_hand = false;
    let on_trial = Problem::OnTrial { by_hand }.code();
    report.warnings.retain(|warning| warning.code != on_trial);
    root.store_report(&report.to_json())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::TRIAL_FAILED;

    #[test]
    fn the_state_follows_from_the_variable_and_the_report_of_the_boot() {
        let left = |boots_left| {
            Some(Trial {
                boots_left,
                by_hand: true,
            })
        };
        let running = TrialState::Running { by_hand: true };
        for (variable, reported, state) in [
            (None, None, None),
            (None, Some(TRIAL_RUNS), None),
            (None, Some(TRIAL_FAILED), None),
            (None, Some(TRIAL_PASSED), Some(TrialState::Passed)),
            (left(1), None, Some(TrialState::Next)),
            (left(1), Some(TRIAL_FAILED), Some(TrialState::Next)),
            (left(0), Some(TRIAL_RUNS), Some(running)),
            (left(0), Some(TRIAL_FAILED), Some(TrialState::Failed)),
            // This boot did not look: by mode=off, or by an image without the claim.
            (left(0), None, Some(TrialState::Failed)),
        ] {
            assert_eq!(TrialState::new(variable, reported), state, "{reported:?}");
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own directory")]
    fn a_trial_is_started_and_deleted_where_there_are_variables() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        assert!(matches!(start(&root, false), Err(NoTrial::NoVariables)));
        std::fs::create_dir_all(dir.path().join("sys/firmware/efi/efivars")).unwrap();
        for by_hand in [false, true] {
            start(&root, by_hand).unwrap();
            let variable = root.variable(TRIAL).unwrap().unwrap();
            let trial = Trial::parse(&variable).unwrap();
            assert_eq!((trial.boots_left, trial.by_hand), (1, by_hand));
        }
        assert_eq!(TrialState::read(&root, None), Some(TrialState::Next));
        assert!(delete(&root).unwrap() && !delete(&root).unwrap());
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own directory")]
    fn a_boot_that_is_confirmed_ends_the_trial_and_the_report_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        std::fs::create_dir_all(dir.path().join("sys/firmware/efi/efivars")).unwrap();
        root.write_variable(TRIAL, b"\x07\0\0\0\x01\0\0").unwrap();
        let warning = |code: &str| crate::report::ReportWarning {
            code: code.to_owned(),
            ..Default::default()
        };
        let report = Report {
            schema: 1,
            trial: Some(TRIAL_RUNS.to_owned()),
            warnings: vec![warning("on-trial"), warning("forced")],
            ..Report::default()
        };
        confirm(&root, report).unwrap();
        let report = Report::read(&root).unwrap().unwrap();
        let codes: Vec<&str> = report
            .warnings
            .iter()
            .map(|one| one.code.as_str())
            .collect();
        assert_eq!(codes, ["forced"]);
        assert_eq!(
            TrialState::read(&root, Some(&report)),
            Some(TrialState::Passed)
        );
    }
}
