//! The stable code of every reason: what scripts and the report go by.
//!
//! Source: the list of codes in vfio-early(8), compared in a test.

use super::reason::Reason;
use crate::config::Problem;

impl Reason {
    /// The stable code: lower-case words with hyphens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Problem(problem) => problem.code(),
            Self::NoMatch { .. } => "no-match",
            Self::IdentityMismatch { .. } => "identity-mismatch",
            Self::UnusedRule { .. } => "unused-rule",
            Self::DuplicateId { .. } => "duplicate-id",
            Self::BootDisplayUnknown { .. } => "boot-display-unknown",
            Self::NoGroupYet { .. } => "no-group-yet",
            Self::DriverConflict { .. } => "driver-conflict",
            Self::UnreadableDevice { .. } => "unreadable-device",
            Self::NotKnown { .. } => "not-known",
            Self::NoMatchYet { .. } => "no-match-yet",
            Self::VfsLater { .. } => "vfs-later",
            Self::VfsMade { .. } => "vfs-made",
            Self::VfsTooMany { .. } => "vfs-too-many",
            Self::VfsFailed { .. } => "vfs-failed",
            Self::Excluded { .. } => "excluded",
            Self::Bridge { .. } => "bridge",
            Self::BootDisk { .. } => "boot-disk",
            Self::Network { .. } => "network",
            Self::LastDisplay => "display",
            Self::LastInput => "input",
            Self::InUse { .. } => "in-use",
            Self::NotOurs { .. } => "not-ours",
            Self::Unsupported { .. } => "unsupported",
            Self::NoIommu { .. } => "no-iommu",
            Self::NoIommuGroup { .. } => "no-iommu-group",
            Self::ModuleMissing { .. } => "module-missing",
            Self::ModuleLoadFailed { .. } => "module-load-failed",
            Self::SoftdepMissing { .. } => "softdep-missing",
            Self::InstallNotRun { .. } => "install-not-run",
            Self::DriverUnregistered { .. } => "driver-unregistered",
            Self::OverrideFailed { .. } => "override-failed",
            Self::UnbindFailed { .. } => "unbind-failed",
            Self::UnbindTimeout { .. } => "unbind-timeout",
            Self::BindFailed { .. } => "bind-failed",
            Self::TakenBy { .. } => "taken-by-other",
            Self::Vanished { .. } => "vanished",
            Self::Forced { .. } => "forced",
            Self::BootDisplayTaken { .. } => "boot-display-taken",
            Self::PlatformTaken { .. } => "platform-taken",
            Self::NotHeld { .. } => "not-held",
            Self::DisplayTaken { .. } => "display-taken",
            Self::InputTaken { .. } => "input-taken",
            Self::FramebufferReleased { .. } => "framebuffer-released",
            Self::FramebufferHeld { .. } => "framebuffer-held",
            Self::VariantMissing { .. } => "variant-missing",
            Self::Unprepared { why, .. } => why.code(),
            Self::GroupShared { .. } => "group-shared",
            Self::GroupBlocked { .. } => "group-blocked",
            Self::ReservedRegion { .. } => "reserved-region",
            Self::NoInterruptRemapping { .. } => "no-interrupt-remapping",
            Self::NotGivenBack { .. } => "not-given-back",
            Self::ReportFailed { .. } => "report-failed",
        }
    }
}

impl Problem {
    /// The stable code: lower-case words with hyphens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedSelector { .. } => "malformed-selector",
            Self::MalformedValue { .. } | Self::UnknownMode { .. } => "malformed-value",
            Self::ReadAs { .. } | Self::NearMiss { .. } | Self::ShortId { .. } => "near-miss",
            Self::NoValue { .. } => "no-value",
            Self::UnknownKey { .. } => "unknown-key",
            Self::LongCommandLine { .. } => "long-command-line",
            Self::LaxId { .. } => "lax-id",
            Self::RepeatedIds { .. } | Self::RepeatedModuleIds { .. } => "repeated-ids",
            Self::ConfigUnreadable { .. } | Self::Unreadable { .. } => "unreadable",
            Self::IdsNotPassed { .. } => "ids-not-passed",
            Self::MalformedProtectLine { .. } => "malformed-protect-line",
        }
    }
}

#[cfg(test)]
mod tests {
    /// The codes, each between `=> "` and `"` in a function `code`.
    fn codes() -> Vec<&'static str> {
        let files = [include_str!("code.rs"), include_str!("unprepared.rs")];
        let arms = files.iter().flat_map(|file| file.split("=> \"").skip(1));
        let mut codes: Vec<_> = arms.filter_map(|arm| arm.split('"').next()).collect();
        codes.retain(|code| !code.contains(' '));
        codes.sort_unstable();
        codes
    }

    #[test]
    fn the_man_page_lists_every_code_and_no_other() {
        let page = include_str!("../../../man/vfio-early.8.scd");
        let list = page
            .split("# CODES")
            .nth(1)
            .and_then(|rest| rest.split("\n# ").next())
            .unwrap();
        let mut listed: Vec<_> = list
            .lines()
            .filter_map(|line| line.strip_prefix('*')?.strip_suffix('*'))
            .collect();
        listed.sort_unstable();
        assert_eq!(listed, codes());
    }
}
