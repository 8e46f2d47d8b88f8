//! Which of several devices of one id can be meant: each judged by a plan of its own.

use super::draft::Draft;
use super::entry::Decision;
use super::guard::loss;
use super::message::Reason;
use crate::pci::Address;

/// The most that a message names.
const NAMED: usize = 6;
/// The most that are judged: each costs a plan.
const JUDGED: usize = 32;

impl Draft<'_> {
    /// Notes in each warning about twins which of them its author can be advised to write.
    pub(super) fn judge_twins(&mut self) {
        let mut warnings = std::mem::take(&mut self.warnings);
        for warning in &mut warnings {
            if let Reason::DuplicateId { twins } = &mut warning.reason {
                let mut named = 0;
                for twin in twins.iter_mut().take(JUDGED) {
                    twin.advised = named < NAMED && self.can_be_meant(twin.address);
                    named += usize::from(twin.advised);
                }
            }
        }
        self.warnings = warnings;
    }

    /// Whether the device at `address` is claimed where it alone is asked for, and the host loses nothing that it uses.
    fn can_be_meant(&self, address: Address) -> bool {
        let alone = Draft::new(self.request, self.machine, &|other| other == address);
        let entry = alone.entry(address);
        entry.is_some_and(|entry| {
            matches!(entry.decision, Decision::Claim | Decision::Already)
                && loss(&alone, &entry.device).is_none()
        })
    }
}
