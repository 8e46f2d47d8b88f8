//! What to do with each device, and why. It is decided on values: nothing here reads or writes.

mod added;
mod decide;
mod driver;
mod framebuffer;
mod group;
mod guard;
mod iommu;
mod message;
mod outcome;
mod plan;
mod prepare;
mod selection;
mod sriov;

pub use driver::{Availability, Load};
pub use group::{Blocker, GroupVerdict};
pub use iommu::{Kind, NoRemapping, State, Verdict};
pub use message::{Cause, Need, Reason, Unprepared, Unsupported, for_host};
pub use outcome::{Outcome, Word, mode_word};
pub use plan::{Decision, Entry, Plan, Warning};
pub use prepare::{Done, Prepared};
