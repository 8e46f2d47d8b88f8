//! The wording of what becomes of a physical function and its virtual ones.

use std::fmt;

use crate::plan::message::reason::Reason;

impl Reason {
    pub(in crate::plan) fn of_functions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::VfsLater { count } => write!(
                f,
                "it stays with the host; its virtual functions ({count}) are made and claimed once its driver is up"
            ),
            Self::VfsMade { count } => {
                write!(
                    f,
                    "it stays with the host; its virtual functions ({count}) are there"
                )
            }
            Self::VfsTooMany { limit: 0, .. } => {
                f.write_str("virtual functions are wanted of it, and it can have none")
            }
            Self::VfsTooMany { count, limit } => write!(
                f,
                "{count} virtual functions are wanted, and it can have {limit} at most; none is made"
            ),
            Self::VfsFailed { error } => write!(f, "its virtual functions cannot be made: {error}"),
            Self::NotHeld { group } => {
                f.write_str("nothing of its IOMMU group")?;
                group.iter().try_for_each(|group| write!(f, " {group}"))?;
                f.write_str(" was claimed, so the host has it back")
            }
            Self::PlatformTaken { address, what } => write!(
                f,
                "{address} is the {} of this board: a virtual machine can hardly use it, and it sleeps while none does; \
                 +group keeps drivers away from it instead",
                what.as_str()
            ),
            _ => self.of_guard(f),
        }
    }
}
