//! How many bytes a file may have, so that none fills the memory.

use super::path::SysPath;

const MIB: u64 = 1 << 20;

/// What people and small programs write.
const SMALL: u64 = MIB;
/// Tables of the kernel, of depmod and of our own: a report of 65,536 devices has about 40 MiB.
pub(super) const LARGE: u64 = 64 * MIB;

impl SysPath<'_> {
    /// The most bytes that are read of it.
    pub(super) fn limit(&self) -> u64 {
        match self {
            Self::Cmdline
            | Self::Config
            | Self::ConfigFile(_)
            | Self::ProtectList
            | Self::ModprobeFile(..)
            | Self::DriverctlFile(_)
            | Self::UnraidConfig
            | Self::TrueNasList
            | Self::OldScript(_) => SMALL,
            _ => LARGE,
        }
    }
}
