//! How grave a reason is.

use super::reason::Reason;
use crate::config::Problem;

/// How grave a reason is, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The screen, the keyboard or a guarded device is about to be taken: logged before it is done.
    Alert,
    /// Something asked for is not claimed.
    Error,
    /// Something is unusual, or has a consequence that its owner should know.
    Warning,
    /// It is as its owner asked for.
    Notice,
}

impl Reason {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Problem(problem) => problem.severity(),
            Self::Forced { .. }
            | Self::BootDisplayTaken
            | Self::DisplayTaken { .. }
            | Self::InputTaken { .. }
            | Self::FramebufferReleased { .. }
            | Self::FramebufferHeld { .. } => Severity::Alert,
            Self::NoMatch
            | Self::NotAtBoot { is_all: true, .. }
            | Self::MakesDomain { .. }
            | Self::IdentityMismatch { .. }
            | Self::BootDisplayUnknown { .. }
            | Self::VfsTooMany { .. }
            | Self::VfsFailed { .. }
            | Self::Bridge { .. }
            | Self::NoAnswer
            | Self::BootDisk { .. }
            | Self::Network { .. }
            | Self::LastDisplay
            | Self::LastInput
            | Self::InUse { .. }
            | Self::NotOurs { .. }
            | Self::Unsupported { .. }
            | Self::NoIommu { .. }
            | Self::NoIommuGroup { .. }
            | Self::ModuleMissing { .. }
            | Self::ModuleLoadFailed { .. }
            | Self::DriverUnregistered { .. }
            | Self::OverrideFailed { .. }
            | Self::UnbindFailed { .. }
            | Self::UnbindTimeout { .. }
            | Self::BindFailed { .. }
            | Self::TakenBy { .. }
            | Self::Vanished { .. }
            | Self::NotHeld
            | Self::ReportFailed { .. }
            // It may have been one of those asked for.
            | Self::UnreadableDevice { .. } => Severity::Error,
            Self::UnusedRule { .. }
            | Self::DuplicateId { .. }
            | Self::NoGroupYet { .. }
            | Self::DriverConflict { .. }
            | Self::NotKnown { .. }
            | Self::NoMatchYet
            | Self::NotAtBoot { is_all: false, .. }
            | Self::UsedNow { .. }
            | Self::PlatformTaken { .. }
            | Self::VariantMissing { .. }
            | Self::SoftdepMissing { .. }
            | Self::InstallNotRun { .. }
            | Self::TakenByIds { .. }
            | Self::Unprepared { .. }
            | Self::GroupShared { .. }
            | Self::GroupBlocked { .. }
            | Self::ReservedRegion { .. }
            | Self::NoInterruptRemapping { .. }
            | Self::AcsOverride { .. }
            | Self::NotGivenBack { .. } => Severity::Warning,
            Self::VfsLater { .. } | Self::VfsMade { .. } | Self::Excluded { .. } => {
                Severity::Notice
            }
        }
    }
}

impl Problem {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::MalformedSelector { .. }
            | Self::NearMiss { .. }
            | Self::MalformedProtectLine { .. }
            | Self::ConfigUnreadable { .. }
            | Self::Unreadable { .. }
            | Self::TrialFailed => Severity::Error,
            Self::MalformedValue { .. }
            | Self::UnknownMode { .. }
            | Self::ReadAs { .. }
            | Self::ShortId { .. }
            | Self::NoValue { .. }
            | Self::UnknownKey { .. }
            | Self::LongCommandLine { .. }
            | Self::LaxId { .. }
            | Self::RepeatedIds { .. }
            | Self::RepeatedModuleIds { .. }
            | Self::IdsNotPassed { .. }
            | Self::OnTrial { .. }
            | Self::TrialNotCounted { .. } => Severity::Warning,
        }
    }
}
