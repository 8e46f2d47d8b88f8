//! One thing that is done to make a claim lasting, or to undo one.

use crate::sys::Root;

/// One thing that is done. What has to be known to undo it is known before it is done, so that a step can also be undone
/// that failed half way.
pub trait Step {
    /// What it does, a line each, as its user reads it before.
    fn lines(&self) -> Vec<String>;
    /// Does it.
    ///
    /// An error is one line: why it is not done, or not to its end.
    fn apply(&self, root: &Root) -> Result<(), String>;
    /// Puts back what it changed, as far as it was changed.
    fn undo(&self, root: &Root) -> Result<(), String>;
}
