//! What to do with each device, and why. It is decided on values: nothing here reads or writes.

mod added;
mod decide;
mod draft;
mod driver;
mod driver_ids;
mod framebuffer;
mod group;
mod guard;
mod iommu;
mod load;
mod message;
mod module;
mod outcome;
mod plan;
mod platform;
mod prepare;
mod roster;
mod selection;
mod sriov;
mod taken_by_ids;
mod twins;

pub use group::{Blocker, GroupVerdict};
pub use iommu::{IommuKind, IommuState, IommuVerdict, NoRemapping};
pub use load::{Availability, Load};
pub use message::{
    About, CODES, IommuCause, Need, NoGroup, Place, Reason, Severity, Unprepared, Unsupported,
    Warning,
};
pub use outcome::{Outcome, OutcomeKind, mode_name};
pub use plan::{Decision, Entry, Match, Plan};
pub use prepare::{PlannedPreparation, PreparationState};
pub use taken_by_ids::{IdsReturn, TakenByIds};
