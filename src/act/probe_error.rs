//! Adds to a failed bind what the kernel logged about it.
//!
//! Source: Linux's `call_driver_probe()`, which logs that a probe has failed, and with which error; the driver has
//! logged why just before, if at all.

use crate::machine::{KmsgRecord, kmsg_records};
use crate::plan::{Outcome, Reason};
use crate::sys::Root;

/// How long before the end of a probe the driver logs why.
const PROBE_US: u64 = 1_000_000;

/// An outcome, and the last record that its driver has logged.
struct Search<'a> {
    outcome: &'a mut Outcome,
    own: Option<KmsgRecord>,
}

/// Adds to the reasons of `outcomes` the record in the kernel log, where there is one.
pub(super) fn add_records(root: &Root, outcomes: &mut [Outcome]) {
    let mut searches: Vec<Search<'_>> = Vec::new();
    for outcome in outcomes {
        if record_of(outcome).is_some() {
            searches.push(Search { outcome, own: None });
        }
    }
    if searches.is_empty() {
        return;
    }
    let read = kmsg_records(root, &mut |record| {
        for search in &mut searches {
            search.read(&record);
        }
    });
    if let Err(error) = read {
        log::debug!(target: "vfio-early", "{error}");
    }
}

impl Search<'_> {
    fn read(&mut self, record: &KmsgRecord) {
        let entry = &self.outcome.entry;
        if !record.is_warning()
            || !record.names(entry.device.address)
            || !record.text.contains(entry.driver.as_str())
        {
            return;
        }
        if !(record.text.contains("probe ") && record.text.contains(" failed with error ")) {
            self.own = Some(record.clone());
            return;
        }
        let begin = record.time_us.saturating_sub(PROBE_US);
        let own = self.own.take().filter(|own| own.time_us >= begin);
        if let Some(found) = record_of(self.outcome) {
            *found = Some(own.map_or_else(|| record.text.clone(), |own| own.text));
        }
    }
}

fn record_of(outcome: &mut Outcome) -> Option<&mut Option<String>> {
    match &mut outcome.reason {
        Some(Reason::BindFailed { kmsg, .. }) => Some(kmsg),
        _ => None,
    }
}
