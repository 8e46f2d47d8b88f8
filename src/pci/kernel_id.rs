//! Ids as the kernel reads them under `vfio-pci.ids=` and `pci-stub.ids=`.
//!
//! Source: `vfio_pci_fill_ids()` in Linux's drivers/vfio/pci/vfio_pci.c with `vsscanf()` in lib/vsprintf.c, the same
//! from 6.1 to 7.2.

use super::id::{ANY, IdPattern};
use crate::malformed::Malformed;

impl IdPattern {
    /// Reads an element of `vfio-pci.ids=` as the kernel does: what follows the last readable field is dropped.
    ///
    /// Errors where the kernel reports "invalid id string": fewer than two fields.
    pub fn lax(text: &str) -> Result<Self, Malformed> {
        let mut rest = text;
        let mut fields = Vec::with_capacity(6);
        while fields.len() < 6 {
            let Some((value, after)) = scan_hex(rest) else {
                break;
            };
            fields.push(value);
            let Some(after) = after.strip_prefix(':') else {
                break;
            };
            rest = after;
        }
        let field = |index: usize| fields.get(index).copied();
        match (field(0), field(1)) {
            (Some(vendor), Some(device)) => {
                let (class, mask) = (field(4).unwrap_or(0), field(5).unwrap_or(0));
                // Class codes have 24 bits: a bit above them that counts can never agree, one that does not has no effect.
                let spare = if (class & mask) >> 24 == 0 {
                    0xff_ffff
                } else {
                    u32::MAX
                };
                Ok(Self {
                    vendor,
                    device,
                    subvendor: field(2).unwrap_or(ANY),
                    subdevice: field(3).unwrap_or(ANY),
                    class: class & mask,
                    mask: mask & spare,
                })
            }
            _ => Err(Malformed::new(text, "an id like 10de:1200")),
        }
    }
}

/// The kernel's `%x`: leading blanks and one `0x` skipped, digits read, the value cut to 32 bits.
fn scan_hex(text: &str) -> Option<(u32, &str)> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    if !text.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    let end = digits
        .find(|c: char| !c.is_ascii_hexdigit())
        .unwrap_or(digits.len());
    let (number, after) = digits.split_at(end);
    let value = number
        .chars()
        .filter_map(|c| c.to_digit(16))
        .fold(0u32, |sum, digit| (sum << 4) | digit);
    Some((value, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pci::class::Class;
    use crate::pci::id::Id;
    use proptest::prelude::*;

    const DISK: Id = Id {
        vendor: 0x1b36,
        device: 0x0010,
        subvendor: 0x1af4,
        subdevice: 0x1100,
    };
    const NVME: Class = Class(0x01_0802);

    /// What the kernel of 6.1 to 7.2 did with each element of `vfio-pci.ids=`, seen in booted machines:
    /// `None` rejected, else whether the disk (1b36:0010, subsystem 1af4:1100, class 010802) was bound.
    const KERNEL: [(&str, Option<bool>); 24] = [
        ("1b36:0010", Some(true)),
        ("0x1B36:0X0010", Some(true)),
        ("1b36:10", Some(true)),
        ("1b36:00010", Some(true)),
        ("1b36", None),
        ("1b36:", None),
        ("1b36:*", None),
        ("1b36:-1", None),
        ("1b36:0010:", Some(true)),
        ("1b36:0010:1af4", Some(true)),
        ("1b36:0010:*:*", Some(true)),
        ("1b36:0010:1af4:1101", Some(false)),
        ("1b36:0010:ffffffff:ffffffff:010802", Some(true)),
        ("1b36:0010:ffffffff:ffffffff:030000", Some(true)),
        ("1b36:0010:ffffffff:ffffffff:010802:ffffff", Some(true)),
        ("1b36:0010:ffffffff:ffffffff:030000:ff0000", Some(false)),
        ("1b36:0010:::030000:ffffff", Some(true)),
        ("1b36:ffffffff", Some(true)),
        ("1b36:ffff", Some(false)),
        (
            "ffffffff:ffffffff:ffffffff:ffffffff:010802:ffffff",
            Some(true),
        ),
        ("1b36:0010zzz", Some(true)),
        ("1b36:0010;8086:10d3", Some(true)),
        ("11b36:0010", Some(false)),
        ("100001b36:0010", Some(true)),
    ];

    #[test]
    fn the_lax_reading_does_what_the_kernel_did_row_by_row() {
        for (text, wanted) in KERNEL {
            assert_eq!(
                IdPattern::lax(text).ok().map(|p| p.matches(&DISK, NVME)),
                wanted,
                "{text}"
            );
        }
    }

    #[test]
    fn the_class_trick_takes_every_display_function_of_one_vendor() {
        let pattern = IdPattern::lax("10de:ffffffff:ffffffff:ffffffff:00030000:ffff00ff");
        let id = Id {
            vendor: 0x10de,
            device: 0x1200,
            subvendor: 0,
            subdevice: 0,
        };
        assert_eq!(
            pattern.as_ref().map(|p| p.matches(&id, Class(0x03_0200))),
            Ok(true)
        );
        assert_eq!(
            pattern.as_ref().map(|p| p.matches(&id, Class(0x04_0300))),
            Ok(false)
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_lax_reading_panic(text: String) {
            let _ = IdPattern::lax(&text);
        }
    }
}
