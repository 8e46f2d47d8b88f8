//! Steps are carried out in their order; where one fails, it and those before it are undone in the other order.

use super::step::Step;
use crate::cli::print_error;
use crate::sys::{Root, uninterrupted};

/// What became of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// All are done.
    All,
    /// One failed, and all is as before.
    Undone,
    /// One failed, and not all could be undone.
    Half,
}

/// Carries out the steps for `command`, which a signal does not end half way. What fails is printed.
pub fn carry_out(root: &Root, command: &str, steps: &[Box<dyn Step>]) -> Done {
    uninterrupted(|| {
        for (index, step) in steps.iter().enumerate() {
            if let Err(error) = step.apply(root) {
                print_error(&format!("{command}: {error}; it is undone"), 0);
                let done = steps.get(..=index).unwrap_or_default();
                return undo(root, command, done);
            }
        }
        Done::All
    })
}

/// Undoes steps, the last one first. One that cannot be undone does not keep the others from it, but for the first: what was
/// kept is given up only where all else is as before.
fn undo(root: &Root, command: &str, steps: &[Box<dyn Step>]) -> Done {
    let mut done = Done::Undone;
    for (index, step) in steps.iter().enumerate().rev() {
        if index == 0 && done == Done::Half {
            break;
        }
        if let Err(error) = step.undo(root) {
            print_error(&format!("{command}: {error}"), 0);
            done = Done::Half;
        }
    }
    done
}
