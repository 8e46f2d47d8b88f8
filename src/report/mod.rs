//! What became of a claim: the report, the kernel log, and text for people.

mod build;
mod clock;
mod log;
mod merge_added;
mod merge_bound;
mod parse;
mod schema;
mod text;

pub use self::log::{Sink, start};
pub use clock::{Clock, boot_time};
pub use merge_bound::RELEASED;
pub use schema::{
    Report, ReportBlocker, ReportDevice, ReportGroup, ReportIommu, ReportPreparation,
    ReportRequest, ReportWarning, TRIAL_FAILED, TRIAL_PASSED, TRIAL_RUNS, Times,
};
pub use text::{iommu_line, log_first, log_outcomes, plan_lines};
