//! Why something was not done, or was done with a doubt.

use super::iommu_cause::IommuCause;
use super::need::{Need, NoGroup, Unsupported};
use super::place::Place;
use super::unprepared::Unprepared;
use crate::config::{Guard, Problem};
use crate::pci::{Address, Class, DevicePath, DriverName, Platform};
use crate::plan::blocker::Blocker;
use crate::plan::iommu_kind::NoRemapping;

/// One of several devices that a selector matches although one was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twin {
    /// Where it is now.
    pub address: Address,
    /// Where it stays.
    pub path: Option<DevicePath>,
    /// Whether a plan that asks for it alone claims it, and takes nothing from the host.
    pub advised: bool,
}

/// A refusal, a failure or a warning. What it is about is beside it, not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the fact and the fix are made of"
)]
pub enum Reason {
    /// Of the request, or of a file beside it.
    Problem(Problem),
    // Of a selector on this machine.
    NoMatch,
    IdentityMismatch {
        selector: String,
        found: String,
    },
    UnusedRule {
        rule: String,
        devices: &'static str,
    },
    DuplicateId {
        twins: Vec<Twin>,
    },
    BootDisplayUnknown {
        in_text: bool,
    },
    NoGroupYet {
        selector: String,
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
        /// Whether a text lacks them.
        in_text: bool,
    },
    NoMatchYet,
    /// Of a selector: a driver of the host makes these devices later.
    NotAtBoot {
        /// None where the selector is the address of the one device.
        addresses: Vec<Address>,
        /// Whether the selector names nothing else.
        is_all: bool,
    },
    /// Of a volume management device, against taking it with its group.
    MakesDomain {
        of: Address,
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
    NoAnswer,
    BootDisk {
        need: Need,
    },
    Network {
        need: Need,
    },
    LastDisplay,
    LastInput,
    /// The running system uses it under a guard that can be overridden, or without one: a program has it open.
    InUse {
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
        why: NoGroup,
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
        milliseconds: u64,
    },
    BindFailed {
        driver: DriverName,
        error: String,
        grouped: bool,
        /// The driver's or the kernel's own line in the kernel log.
        kmsg: Option<String>,
    },
    TakenBy {
        driver: Option<DriverName>,
    },
    Vanished {
        error: String,
    },
    /// Of a function that is held for its group.
    NotHeld,
    // Warnings about what is claimed nevertheless, logged before it is done.
    Forced {
        guard: Guard,
        over: Box<Reason>,
    },
    BootDisplayTaken,
    PlatformTaken {
        what: Platform,
    },
    DisplayTaken {
        addresses: Vec<Address>,
    },
    InputTaken {
        addresses: Vec<Address>,
    },
    FramebufferReleased {
        name: String,
    },
    FramebufferHeld {
        name: String,
        error: Option<String>,
    },
    /// The running system uses what the next boot claims.
    UsedNow {
        uses: Vec<String>,
    },
    // Warnings about what was claimed.
    SoftdepMissing {
        module: String,
        missing: String,
        release: String,
    },
    /// A driver had the device before the claim, by ids of its own.
    TakenByIds {
        driver: DriverName,
        /// Where the ids are written.
        origin: String,
        /// Why the driver still has it.
        kept: Option<String>,
    },
    InstallNotRun {
        file: String,
        module: String,
        command: String,
    },
    VariantMissing {
        driver: DriverName,
    },
    Unprepared {
        what: String,
        why: Unprepared,
    },
    GroupShared {
        members: Vec<Blocker>,
    },
    GroupBlocked {
        blockers: Vec<Blocker>,
    },
    ReservedRegion {
        start: u64,
        end: u64,
    },
    /// Of the groups: a word of the command line made them.
    AcsOverride {
        word: String,
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

impl Reason {
    /// The sentence for people: the fact, and the fix where there is one.
    pub fn message(&self, place: Place) -> String {
        match self.fix(place) {
            Some(fix) => format!("{}; {fix}", self.fact()),
            None => self.fact(),
        }
    }
}

impl From<Problem> for Reason {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
