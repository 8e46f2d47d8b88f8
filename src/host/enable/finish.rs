//! A change that was decided is shown, agreed to and carried out, and its end reported: the same for `enable` and `disable`.

use std::any::Any;
use std::process::ExitCode;

use super::carry_out::{Done, carry_out};
use super::consent::{Consent, consent};
use super::show::show;
use super::step::Step;
use super::unfinished::forget_leftovers;
use crate::cli::{UNSATISFIED, print, print_error};
use crate::sys::Root;

/// Exit status: the change was begun and failed.
pub const FAILED: u8 = 1;

/// How a change is made.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// The name of the command, for messages.
    pub command: &'static str,
    /// Whether its user has agreed already.
    pub yes: bool,
    /// Whether nothing is changed.
    pub dry_run: bool,
}

impl Manner {
    /// An error that ends the command before anything is changed.
    pub fn refused(&self, why: &str) -> ExitCode {
        print_error(
            &format!("{}: {why}; nothing is changed", self.command),
            UNSATISFIED,
        )
    }

    /// Takes the lock under which the settings are changed; a dry run needs none.
    pub fn begin(&self, root: &Root) -> Result<Option<Box<dyn Any>>, ExitCode> {
        if self.dry_run {
            return Ok(None);
        }
        if let Some(status) = self.hindrance(root) {
            return Err(status);
        }
        let lock = root.lock_settings();
        lock.map(Some)
            .map_err(|error| self.refused(&error.to_string()))
    }

    /// Why this user or this root cannot change anything.
    fn hindrance(&self, root: &Root) -> Option<ExitCode> {
        let root_user = !root.is_system() || nix::unistd::Uid::effective().is_root();
        let why = if !root_user {
            "only root may change the settings and the images"
        } else if !root.runs_programs() {
            "below another root no program is run, and so no image is made; run this there by chroot(8), or with --dry-run"
        } else {
            return None;
        };
        Some(self.refused(why))
    }

    /// Ends the command where all is as it is wanted.
    pub fn nothing_to_do(&self, root: &Root, why: &str) -> ExitCode {
        if !self.dry_run {
            if let Err(error) = forget_leftovers(root) {
                return self.refused(&error);
            }
        }
        print(&format!("{why}; nothing is to be done\n"))
    }

    /// Shows the steps and carries them out; `end` is printed when all are done.
    pub fn finish(&self, root: &Root, steps: &[Box<dyn Step>], end: &str) -> ExitCode {
        print(&show(steps));
        if self.dry_run {
            return print("dry run, nothing is changed\n");
        }
        match consent(self.yes) {
            Consent::Given => {}
            Consent::Declined => return self.refused("you declined"),
            Consent::NobodyThere => {
                return self.refused("there is no terminal to ask on, and --yes was not given");
            }
        }
        match carry_out(root, self.command, steps) {
            Done::All => print(end),
            Done::Undone => {
                let text = "failed; the settings and the images are as before";
                print_error(&format!("{}: {text}", self.command), FAILED)
            }
            Done::Half => {
                let text = format!(
                    "failed, and not all could be put back; run vfio-early {} again once the cause is gone",
                    self.command
                );
                print_error(&format!("{}: {text}", self.command), FAILED)
            }
        }
    }
}
