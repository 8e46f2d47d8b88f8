//! How many boots may still make a claim that is on trial: the contents of an EFI variable of our own.
//!
//! Source: Linux's Documentation/filesystems/efivarfs.rst: four bytes of attributes precede the value.

/// Kept without power, readable by the firmware and by the running system.
const ATTRIBUTES: u8 = 7;
/// The layout of the value: this number, the boots that are left, the flags.
const VERSION: u8 = 1;
/// The flag of a trial that only its owner ends.
const BY_HAND: u8 = 1;

/// A trial that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How many boots may still make the claim.
    pub boots_left: u8,
    /// Whether only its owner ends it, since the machine can come up and show nothing.
    pub by_hand: bool,
}

impl Trial {
    /// Reads the variable; `None` where it is not of this layout.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        match *bytes {
            [_, _, _, _, VERSION, boots_left, flags] => Some(Self {
                boots_left,
                by_hand: flags & BY_HAND != 0,
            }),
            _ => None,
        }
    }

    /// The variable.
    pub fn to_bytes(self) -> [u8; 7] {
        let flags = if self.by_hand { BY_HAND } else { 0 };
        [ATTRIBUTES, 0, 0, 0, VERSION, self.boots_left, flags]
    }

    /// The trial once another boot has begun; `None` where no boot is left.
    pub fn counted_down(self) -> Option<Self> {
        let boots_left = self.boots_left.checked_sub(1)?;
        Some(Self { boots_left, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for (boots_left, by_hand) in [(0, false), (1, true), (255, false)] {
            let trial = Trial {
                boots_left,
                by_hand,
            };
            assert_eq!(Trial::parse(&trial.to_bytes()), Some(trial));
        }
    }

    #[test]
    fn another_layout_is_not_read() {
        for bytes in [
            b"".as_slice(),
            b"\x07\0\0\0",
            b"\x07\0\0\0\x01\x01",
            b"\x07\0\0\0\x01\x01\0\0",
            b"\x07\0\0\0\x02\x01\0",
        ] {
            assert_eq!(Trial::parse(bytes), None, "{bytes:?}");
        }
        let other_flags = Trial::parse(b"\x07\0\0\0\x01\x01\xfe");
        assert_eq!(other_flags.map(|trial| trial.by_hand), Some(false));
    }

    #[test]
    fn no_boot_is_left_at_zero() {
        let trial = |boots_left| Trial {
            boots_left,
            by_hand: true,
        };
        assert_eq!(trial(1).counted_down(), Some(trial(0)));
        assert_eq!(trial(0).counted_down(), None);
    }
}
