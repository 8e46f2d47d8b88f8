//! Why something was not done, or was done with a doubt: every message, each with a stable code.

mod code;
mod iommu_cause;
mod need;
mod reason;
mod severity;
mod unprepared;
mod wording;

pub use iommu_cause::IommuCause;
pub use need::{Need, Unsupported};
pub use reason::Reason;
pub use unprepared::Unprepared;
pub use wording::for_host;
