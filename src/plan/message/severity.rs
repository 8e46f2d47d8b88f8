//! What a reason means for the claim as a whole: a loss, a warning that comes first, one that may change.

use super::reason::Reason;
use crate::config::{Guard, Problem};

impl Reason {
    /// The guard whose objection it is, where that can be overridden.
    pub(in crate::plan) fn guard(&self) -> Option<Guard> {
        match self {
            Self::BootDisk { .. } => Some(Guard::BootDisk),
            Self::Network { .. } => Some(Guard::Network),
            Self::LastDisplay => Some(Guard::Display),
            Self::LastInput => Some(Guard::Input),
            _ => None,
        }
    }

    /// Whether it is about a group and depends on what becomes of its members.
    pub(crate) fn is_of_group(&self) -> bool {
        matches!(
            self,
            Self::GroupShared { .. } | Self::GroupBlocked { .. } | Self::ReservedRegion { .. }
        )
    }

    /// Whether it is about a preparation and depends on what becomes of it.
    pub(in crate::plan) fn is_of_preparation(&self) -> bool {
        matches!(self, Self::Unprepared { .. })
    }

    /// Whether it is about the boot framebuffer and depends on what becomes of it.
    pub(in crate::plan) fn is_of_framebuffer(&self) -> bool {
        matches!(
            self,
            Self::FramebufferReleased { .. } | Self::FramebufferHeld { .. }
        )
    }

    /// Whether it is said before anything is done: afterwards the screen may be dark.
    pub fn comes_first(&self) -> bool {
        matches!(
            self,
            Self::Forced { .. }
                | Self::BootDisplayTaken { .. }
                | Self::DisplayTaken { .. }
                | Self::InputTaken { .. }
                | Self::FramebufferReleased { .. }
                | Self::FramebufferHeld { .. }
        )
    }

    /// Whether it keeps a device with the host as its owner wanted it.
    pub fn is_wish(&self) -> bool {
        matches!(
            self,
            Self::Excluded { .. } | Self::VfsLater { .. } | Self::VfsMade { .. }
        )
    }

    /// Whether it means that something asked for is not ours.
    pub fn is_loss(&self) -> bool {
        matches!(
            self,
            Self::Problem(Problem::MalformedSelector { .. })
                | Self::Problem(Problem::ConfigUnreadable { .. } | Problem::Unreadable { .. })
                | Self::Problem(Problem::NearMiss { .. })
                | Self::NoMatch { .. }
                | Self::IdentityMismatch { .. }
                | Self::BootDisplayUnknown { .. }
                | Self::ReportFailed { .. }
        )
    }
}
