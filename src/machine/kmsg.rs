//! The records of the kernel log.
//!
//! Source: Linux's Documentation/ABI/testing/dev-kmsg: `PRIORITY,NUMBER,MICROSECONDS,FLAGS;TEXT`, and below it lines
//! that begin with a blank.

use serde::Serialize;

use crate::pci::Address;
use crate::sys::{Result, Root};

/// A line of the kernel's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KmsgRecord {
    /// Microseconds since the kernel started.
    pub time_us: u64,
    /// How much it matters, as in syslog(2): 3 is an error, 4 a warning, 6 a remark.
    pub level: u8,
    /// The words.
    pub text: String,
}

/// The highest level of a record about something wrong.
const WARNING: u8 = 4;

impl KmsgRecord {
    /// Reads a line of the log; `None` for what programs wrote there and for what belongs to the line above.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = String::from_utf8_lossy(line);
        let (head, text) = line.trim_end().split_once(';')?;
        let mut numbers = head.split(',').map(str::parse::<u64>);
        let priority = u8::try_from(numbers.next()?.ok()?).ok()?;
        let time_us = numbers.nth(1)?.ok()?;
        // The level is in the lower three bits; above them is who wrote it, 0 for the kernel.
        (priority < 8).then(|| Self {
            time_us,
            level: priority,
            text: text.to_owned(),
        })
    }

    /// Whether something is wrong.
    pub fn is_warning(&self) -> bool {
        self.level <= WARNING
    }

    /// Whether it is about this device.
    pub fn names(&self, address: Address) -> bool {
        let whole = address.to_string();
        // The drivers of the IOMMU leave out the domain.
        let iommu = self.text.starts_with("DMAR") || self.text.starts_with("AMD-Vi");
        let short = whole.strip_prefix("0000:").filter(|_| iommu);
        holds(&self.text, &whole) || short.is_some_and(|short| holds(&self.text, short))
    }
}

/// Whether `word` stands in `text`, and not as a part of a longer number.
fn holds(text: &str, word: &str) -> bool {
    let end = |byte: Option<u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.as_bytes().get(word.len()).copied();
        end(before.bytes().last()) && end(after) && !before.ends_with(':')
    })
}

/// Hands over each line of the kernel's own in the log, the oldest first; `false` where there is no log.
pub fn kmsg_records(root: &Root, take: &mut dyn FnMut(KmsgRecord)) -> Result<bool> {
    root.kernel_log(&mut |line| {
        if let Some(record) = KmsgRecord::parse(line) {
            take(record);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_kernels_own_or_is_ignored() {
        let record = |line: &str| KmsgRecord::parse(line.as_bytes());
        let read = record("4,1203,5140900,-;vfio-pci: probe of 0000:00:04.0 failed; error -22\n");
        let wanted = KmsgRecord {
            time_us: 5_140_900,
            level: 4,
            text: "vfio-pci: probe of 0000:00:04.0 failed; error -22".to_owned(),
        };
        assert_eq!(read, Some(wanted));
        for line in [
            "12,1,2,-;vfio-early[97]: claimed",
            " DEVICE=+pci:0000:00:04.0",
            "300,1,2,-;x",
            "6,1;x",
            "no log",
            "",
        ] {
            assert_eq!(record(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_names_a_device_by_its_whole_address_or_as_the_iommu_does() {
        for (text, address, wanted) in [
            ("nvme nvme0: pci function 0000:01:00.0", "01:00.0", true),
            ("pci 0000:01:00.0: [10de:1200] type 00", "01:00.0", true),
            ("pci 10000:01:00.0: [10de:1200] type 00", "01:00.0", false),
            (
                "pci 10000:01:00.0: [10de:1200] type 00",
                "10000:01:00.0",
                true,
            ),
            ("pci 0000:01:00.1: enabled", "01:00.0", false),
            (
                "DMAR: Request device [01:00.0] fault addr 0",
                "01:00.0",
                true,
            ),
            (
                "DMAR: Request device [01:00.0] fault addr 0",
                "0001:01:00.0",
                false,
            ),
            ("AMD-Vi: Event [device=01:00.0 domain=0x1]", "01:00.0", true),
            ("version 01:00.0 of something", "01:00.0", false),
        ] {
            let text = text.to_owned();
            let record = KmsgRecord {
                time_us: 0,
                level: 6,
                text,
            };
            assert_eq!(
                record.names(address.parse().unwrap()),
                wanted,
                "{record:?} {address}"
            );
        }
    }
}
