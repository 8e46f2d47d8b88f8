//! Whether the next boot would claim what is to be enabled.

use crate::act::Claimed;
use crate::plan::{About, Outcome, OutcomeKind};

/// Whether each of the selectors `texts` takes a device, and all that they take would be ours or held for its group.
pub fn is_claimed(claimed: &Claimed, texts: &[String]) -> bool {
    if claimed.plan.warnings.iter().any(|warning| {
        let about = match &warning.about {
            About::Selector(text) => texts.contains(text),
            About::Machine => true,
            About::Device(_) | About::Group(_) => false,
        };
        about && warning.reason.is_loss()
    }) {
        return false;
    }
    texts.iter().all(|text| {
        let mut matches = claimed.plan.matches.iter();
        let Some(found) = matches.find(|one| one.requested.text == *text) else {
            return false;
        };
        let is_taken = |outcome: &&Outcome| found.addresses.contains(&outcome.entry.device.address);
        let mut taken = claimed.outcomes.iter().filter(is_taken).peekable();
        taken.peek().is_some()
            && taken.all(|outcome| outcome.kind.is_ours() || outcome.kind == OutcomeKind::Held)
    })
}
