//! Keyboards that the running system uses: one of them stays.

use super::guards::Guards;
use super::running::uses;
use crate::config::Guard;
use crate::machine::Usage;
use crate::pci::Address;
use crate::plan::draft::Draft;
use crate::plan::message::Reason;

impl Guards<'_> {
    /// Refuses all USB controllers with a keyboard or its like, where none of them would stay.
    pub(super) fn keep_keyboards(&mut self, draft: &mut Draft<'_>) {
        let typed = |usage: &&Usage| usage.guard == Some(Guard::Input);
        let used = draft.machine.usages().iter().filter(typed);
        let mut used: Vec<Address> = used.map(|usage| usage.address).collect();
        used.dedup();
        if !draft.request.is_running() || used.iter().any(|address| !draft.is_claimed(*address)) {
            return;
        }
        for address in used {
            let device = draft.machine.bus.get(address);
            let uses = device.map_or_else(Vec::new, |device| {
                uses(draft.machine, device, Some(Guard::Input))
            });
            let reason = Reason::InUse {
                guard: Some(Guard::Input),
                uses,
            };
            self.keep(draft, Guard::Input, address, reason);
        }
    }
}
