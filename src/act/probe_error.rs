//! Adds to a failed bind what the kernel said about it.
//!
//! Source: Linux's `call_driver_probe()`, which tells that a probe has failed, and with which error; the driver has
//! told why just before, if at all.

use crate::machine::{KmsgRecord, kmsg_records};
use crate::plan::{Outcome, Reason};
use crate::sys::Root;

/// How long before the end of a probe the driver says why.
const PROBE_US: u64 = 1_000_000;

/// An outcome, and what its driver has said last.
struct Listener<'a> {
    outcome: &'a mut Outcome,
    own: Option<KmsgRecord>,
}

/// Adds to the reasons of `outcomes` the kernel's words, where there are any.
pub(super) fn add_words(root: &Root, outcomes: &mut [Outcome]) {
    let mut listeners: Vec<Listener<'_>> = Vec::new();
    for outcome in outcomes {
        if words_of(outcome).is_some() {
            listeners.push(Listener { outcome, own: None });
        }
    }
    if listeners.is_empty() {
        return;
    }
    let heard = kmsg_records(root, &mut |said| {
        for listener in &mut listeners {
            listener.hear(&said);
        }
    });
    if let Err(error) = heard {
        log::debug!(target: "vfio-early", "{error}");
    }
}

impl Listener<'_> {
    fn hear(&mut self, said: &KmsgRecord) {
        let entry = &self.outcome.entry;
        if !said.is_warning()
            || !said.names(entry.device.address)
            || !said.text.contains(entry.driver.as_str())
        {
            return;
        }
        if !(said.text.contains("probe ") && said.text.contains(" failed with error ")) {
            self.own = Some(said.clone());
            return;
        }
        let begin = said.time_us.saturating_sub(PROBE_US);
        let own = self.own.take().filter(|own| own.time_us >= begin);
        if let Some(words) = words_of(self.outcome) {
            *words = Some(own.map_or_else(|| said.text.clone(), |own| own.text));
        }
    }
}

fn words_of(outcome: &mut Outcome) -> Option<&mut Option<String>> {
    match &mut outcome.reason {
        Some(Reason::BindFailed { said, .. }) => Some(said),
        _ => None,
    }
}
