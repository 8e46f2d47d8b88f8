//! The next boot is put on trial, or a trial is given up.

use super::step::Step;
use crate::act::Claimed;
use crate::cli::print_error;
use crate::config::Guard;
use crate::host::trial::{self, NoTrial};
use crate::plan::Reason;
use crate::sys::{Root, TRIAL};

/// What becomes of the variable of a trial.
#[derive(Clone, Debug)]
pub struct TrialStep {
    /// Who ends the trial that is started: only its owner where this is `Some(true)`. `None` gives up the one that there is.
    start: Option<bool>,
    /// Whether there can be a trial.
    possible: bool,
    /// The variable before; `None` where there is none.
    before: Option<Vec<u8>>,
}

impl TrialStep {
    /// Puts the claim of the next boot on trial.
    pub fn starting(root: &Root, by_hand: bool) -> Self {
        Self {
            start: Some(by_hand),
            possible: root.has_variables(),
            before: root.variable(TRIAL).ok().flatten(),
        }
    }

    /// Gives up the trial that there is, if there is one.
    pub fn ending(root: &Root) -> Option<Self> {
        let before = root.variable(TRIAL).ok().flatten()?;
        Some(Self {
            start: None,
            possible: true,
            before: Some(before),
        })
    }
}

impl Step for TrialStep {
    fn lines(&self) -> Vec<String> {
        let line = match self.start {
            None => "end the trial of the claim".to_owned(),
            Some(_) if !self.possible => NoTrial::NoVariables.to_string(),
            Some(false) => "put the next boot on trial".to_owned(),
            Some(true) => {
                "put the next boot on trial; the claim takes the display, so run vfio-early confirm in that boot, or the \
                 one after it claims nothing"
                    .to_owned()
            }
        };
        vec![line]
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        match self.start {
            None => trial::delete(root)
                .map(drop)
                .map_err(|error| error.to_string()),
            Some(_) if !self.possible => Ok(()),
            Some(by_hand) => {
                // The claim is what was asked for: it is made without a trial where the firmware takes none.
                if let Err(error) = trial::start(root, by_hand) {
                    print_error(&format!("enable: {error}"), 0);
                }
                Ok(())
            }
        }
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        if !self.possible {
            return Ok(());
        }
        let undone = match &self.before {
            Some(bytes) => root.write_variable(TRIAL, bytes),
            None => trial::delete(root).map(drop),
        };
        undone.map_err(|error| error.to_string())
    }
}

/// Whether a boot with these claims can come up and show nothing.
pub fn takes_display(claimed: &Claimed) -> bool {
    claimed.warnings.iter().any(|warning| {
        matches!(
            warning.reason,
            Reason::BootDisplayTaken
                | Reason::DisplayTaken { .. }
                | Reason::Forced {
                    guard: Guard::Display,
                    ..
                }
        )
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own directory")]
mod tests {
    use super::*;

    #[test]
    fn a_change_that_is_undone_leaves_the_trial_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        // Without variables nothing is written, and nothing fails.
        let step = TrialStep::starting(&root, false);
        step.apply(&root).unwrap();
        std::fs::create_dir_all(dir.path().join("sys/firmware/efi/efivars")).unwrap();
        assert!(TrialStep::ending(&root).is_none());
        let variable = || root.variable(TRIAL).unwrap();
        let step = TrialStep::starting(&root, true);
        step.apply(&root).unwrap();
        assert_eq!(variable().as_deref(), Some(&b"\x07\0\0\0\x01\x01\x01"[..]));
        step.undo(&root).unwrap();
        assert_eq!(variable(), None);
        let failed = b"\x07\0\0\0\x01\x00\x00";
        root.write_variable(TRIAL, failed).unwrap();
        for step in [
            TrialStep::starting(&root, false),
            TrialStep::ending(&root).unwrap(),
        ] {
            step.apply(&root).unwrap();
            assert_ne!(variable().as_deref(), Some(&failed[..]));
            step.undo(&root).unwrap();
            assert_eq!(variable().as_deref(), Some(&failed[..]));
        }
    }
}
