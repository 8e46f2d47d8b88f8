//! The kernel log about one device, as much of it as a person reads.

use serde::Serialize;

use crate::host::terminal::Style;
use crate::machine::KmsgRecord;

/// The most lines that are shown.
const MOST: usize = 8;

/// What is known of the kernel's log.
#[derive(Debug)]
pub enum KernelLines {
    /// The lines about the device.
    Lines(Vec<KmsgRecord>),
    /// It cannot be read, and why.
    Closed(String),
    /// It is not there: the machine is another one.
    Unknown,
}

/// The same for programs.
#[derive(Debug, Serialize)]
pub(in crate::host) struct KernelLogEntry {
    lines: Option<Vec<KmsgRecord>>,
    error: Option<String>,
}

impl KernelLines {
    /// The lines to show, in the order of time, and how many others there are.
    fn best(&self) -> (Vec<&KmsgRecord>, usize) {
        let Self::Lines(lines) = self else {
            return (Vec::new(), 0);
        };
        let newest = |warning: bool| {
            let lines = lines.iter().enumerate().rev();
            lines.filter(move |(_, record)| record.is_warning() == warning)
        };
        let mut best: Vec<_> = newest(true).chain(newest(false)).take(MOST).collect();
        best.sort_unstable_by_key(|(index, _)| *index);
        let best: Vec<&KmsgRecord> = best.into_iter().map(|(_, record)| record).collect();
        let others = lines.len().saturating_sub(best.len());
        (best, others)
    }

    /// The lines as they are shown.
    pub(in crate::host) fn lines(&self) -> Vec<(String, Style)> {
        let (best, others) = self.best();
        let show = |record: &&KmsgRecord| {
            let (seconds, rest) = (record.time_us / 1_000_000, record.time_us % 1_000_000);
            let paint = if record.is_warning() {
                Style::Warn
            } else {
                Style::Plain
            };
            (format!("[{seconds}.{rest:06}] {}", record.text), paint)
        };
        let mut lines: Vec<_> = best.iter().map(show).collect();
        let note = match self {
            Self::Closed(error) => format!("not known: {error}"),
            Self::Unknown => "not known".to_owned(),
            Self::Lines(_) if lines.is_empty() => "nothing that names it".to_owned(),
            Self::Lines(_) if others > 0 => format!("and {others} more: see dmesg"),
            Self::Lines(_) => return lines,
        };
        lines.push((note, Style::Plain));
        lines
    }

    pub(in crate::host) fn entry(&self) -> KernelLogEntry {
        let best = || self.best().0.into_iter().cloned().collect();
        KernelLogEntry {
            lines: matches!(self, Self::Lines(_)).then(best),
            error: match self {
                Self::Closed(error) => Some(error.clone()),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(time_us: u64, level: u8) -> KmsgRecord {
        let text = format!("line {time_us}");
        KmsgRecord {
            time_us,
            level,
            text,
        }
    }

    #[test]
    fn warnings_are_shown_before_remarks_and_the_newest_of_each() {
        let mut lines: Vec<KmsgRecord> = (0..20).map(|time| record(time, 6)).collect();
        for warning in [3, 5, 7] {
            lines[warning].level = 4;
        }
        let kernel_log = KernelLines::Lines(lines);
        let (best, others) = kernel_log.best();
        let times: Vec<u64> = best.iter().map(|record| record.time_us).collect();
        assert_eq!(times, [3, 5, 7, 15, 16, 17, 18, 19]);
        assert_eq!(others, 12);
        let kernel_log = KernelLines::Lines((0..20).map(|time| record(time, 4)).collect());
        assert_eq!(kernel_log.best().0.first().unwrap().time_us, 12);
    }

    #[test]
    fn a_log_that_cannot_be_read_is_shown_with_the_reason() {
        let shown = |kernel_log: KernelLines| kernel_log.lines().remove(0).0;
        let error = "cannot read /dev/kmsg: Operation not permitted";
        let closed = KernelLines::Closed(error.to_owned());
        assert_eq!(shown(closed), format!("not known: {error}"));
        assert_eq!(shown(KernelLines::Unknown), "not known");
        assert_eq!(
            shown(KernelLines::Lines(Vec::new())),
            "nothing that names it"
        );
        let late = KernelLines::Lines(vec![record(61_000_023, 6)]);
        assert_eq!(shown(late), "[61.000023] line 61000023");
    }
}
