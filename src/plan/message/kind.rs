//! The kinds of reasons that the plan and the report treat alike.

use super::reason::Reason;
use super::severity::Severity;
use crate::config::Guard;

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

    /// Whether it is logged before anything is done: afterwards the screen may be dark.
    pub fn comes_first(&self) -> bool {
        self.severity() == Severity::Alert
    }

    /// Whether it keeps a device with the host as its owner asked for.
    pub fn is_requested(&self) -> bool {
        self.severity() == Severity::Notice
    }

    /// Whether it means that something asked for is not claimed.
    pub fn is_loss(&self) -> bool {
        self.severity() == Severity::Error
    }
}
