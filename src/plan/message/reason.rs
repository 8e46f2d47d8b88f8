//! Why something was not done, or was done with a doubt: every message of vfio-early, each with a stable code.
//!
//! Source: the list of codes in vfio-early(8), compared in a test.

use super::iommu_cause::IommuCause;
use super::need::{Need, Unsupported};
use super::unprepared::Unprepared;
use crate::config::{Guard, Problem};
use crate::pci::{Address, Class, DevicePath, DriverName, GroupId, Platform};
use crate::plan::group::Blocker;
use crate::plan::iommu::NoRemapping;

/// A refusal, a failure or a warning. The device it concerns stands beside it, not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the wording below puts into its sentence"
)]
pub enum Reason {
    /// Of the request, or of a file beside it.
    Problem(Problem),
    // Of a selector on this machine.
    NoMatch {
        selector: String,
    },
    IdentityMismatch {
        selector: String,
        address: Address,
        found: String,
    },
    UnusedRule {
        rule: String,
        devices: &'static str,
    },
    DuplicateId {
        selector: String,
        twins: Vec<(Address, Option<DevicePath>)>,
    },
    BootDisplayUnknown {
        selector: String,
    },
    NoGroupYet {
        selector: String,
        address: Address,
    },
    DriverConflict {
        kept: DriverName,
        dropped: DriverName,
        selector: String,
    },
    UnreadableDevice {
        name: String,
        why: String,
    },
    NotKnown {
        facts: String,
    },
    NoMatchYet {
        selector: String,
    },
    // Of a physical function that virtual ones are made of.
    VfsLater {
        count: u16,
    },
    VfsMade {
        count: u16,
    },
    VfsTooMany {
        count: u16,
        limit: u16,
    },
    VfsFailed {
        error: String,
    },
    // Refusals.
    Excluded {
        selector: String,
    },
    Bridge {
        class: Class,
    },
    BootDisk {
        need: Need,
    },
    Network {
        need: Need,
    },
    LastDisplay,
    LastInput,
    /// Beside an address it is a warning of what a boot would take away, else a refusal.
    InUse {
        address: Option<Address>,
        guard: Option<Guard>,
        uses: Vec<String>,
    },
    NotOurs {
        driver: Option<DriverName>,
    },
    Unsupported {
        why: Unsupported,
    },
    NoIommu {
        cause: IommuCause,
    },
    NoIommuGroup {
        fix: &'static str,
    },
    // Failures.
    ModuleMissing {
        driver: DriverName,
        release: String,
    },
    ModuleLoadFailed {
        driver: DriverName,
        error: String,
    },
    DriverUnregistered {
        driver: DriverName,
    },
    OverrideFailed {
        error: String,
    },
    UnbindFailed {
        driver: DriverName,
        error: String,
    },
    UnbindTimeout {
        driver: DriverName,
        milliseconds: u128,
    },
    BindFailed {
        driver: DriverName,
        error: String,
        grouped: bool,
        /// The kernel's own words.
        said: Option<String>,
    },
    TakenBy {
        driver: Option<DriverName>,
    },
    Vanished {
        error: String,
    },
    /// Of a function that is held for its group.
    NotHeld {
        group: Option<GroupId>,
    },
    // Warnings on what is claimed all the same, said before it is done.
    Forced {
        address: Address,
        guard: Guard,
        over: Box<Reason>,
    },
    BootDisplayTaken {
        address: Address,
    },
    PlatformTaken {
        address: Address,
        what: Platform,
    },
    DisplayTaken {
        addresses: Vec<Address>,
    },
    InputTaken {
        addresses: Vec<Address>,
    },
    FramebufferReleased {
        display: Address,
        name: String,
    },
    FramebufferHeld {
        display: Address,
        name: String,
        error: Option<String>,
    },
    // Warnings on what was claimed.
    SoftdepMissing {
        module: String,
        missing: String,
        release: String,
    },
    InstallNotRun {
        file: String,
        module: String,
        command: String,
    },
    VariantMissing {
        address: Address,
        driver: DriverName,
    },
    Unprepared {
        address: Address,
        what: String,
        why: Unprepared,
    },
    GroupShared {
        group: GroupId,
        members: Vec<Blocker>,
    },
    GroupBlocked {
        group: GroupId,
        blockers: Vec<Blocker>,
    },
    ReservedRegion {
        group: GroupId,
        start: u64,
        end: u64,
    },
    NoInterruptRemapping {
        why: NoRemapping,
    },
    NotGivenBack {
        error: String,
    },
    ReportFailed {
        error: String,
    },
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
