//! Says what happened: the report, the kernel log, the lines of a dry run.
//!
//! *Pure*, except `log.rs`, which writes to the kernel log, and `Report::read`. Source of truth: vfio-early(8), which
//! is ours.
//! To add one: an output is a file here that takes a plan and its outcomes.

mod absent;
mod account;
mod added;
mod amend;
mod check;
mod explain;
mod explanation;
mod facts;
mod heard;
mod list;
mod log;
mod look;
mod report;
mod stable;
mod standing;
mod stored;
mod text;

pub use self::log::{Sink, start};
pub use absent::absent;
pub use check::{Checked, check};
pub use explain::{Subject, explain};
pub use explanation::Explanation;
pub use facts::{Listing, Surroundings};
pub use heard::Heard;
pub use list::{Columns, list};
pub use look::Look;
pub use report::{
    Report, Times, ToldAsk, ToldBlocker, ToldDevice, ToldGroup, ToldIommu, ToldWarning,
};
pub use stable::stable_selector;
pub use standing::{Standing, State};
pub use text::{announce, announce_first, plan_lines};
