//! What to do with each device, and why. It is decided on values: nothing here reads or writes.

mod added;
mod availability;
mod blocker;
mod build;
mod by_device;
mod decide;
mod draft;
mod driver;
mod driver_ids;
mod entry;
mod framebuffer;
mod group;
mod guard;
mod iommu;
mod iommu_kind;
mod load;
mod message;
mod module;
mod outcome;
mod plan;
mod platform;
mod preparation;
mod prepare;
mod roster;
mod rosters;
mod selection;
mod sriov;
mod taken_by_ids;
mod twins;

pub use availability::Availability;
pub use blocker::Blocker;
pub use entry::{Decision, Entry, Match};
pub use group::GroupVerdict;
pub use iommu::{IommuState, IommuVerdict};
pub use iommu_kind::{IommuKind, NoRemapping};
pub use load::Load;
pub use message::{
    About, CODES, IommuCause, Need, NoGroup, Place, Reason, Severity, Unprepared, Unsupported,
    Warning,
};
pub use outcome::{Outcome, OutcomeKind, mode_name};
pub use plan::Plan;
pub use preparation::{PlannedPreparation, PreparationState};
pub use taken_by_ids::{IdsReturn, TakenByIds};
