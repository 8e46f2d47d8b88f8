//! Every message about a plan or a claim, as data: what it is about, its code, its severity, the fact and the fix. A
//! sentence is rendered last and never read by code.

mod about;
mod code;
mod device_list;
mod fact;
mod fix;
mod iommu_cause;
mod kind;
mod need;
mod place;
mod reason;
mod severity;
#[cfg(test)]
mod tests;
mod unprepared;
mod warning;

pub use about::About;
pub use code::CODES;
pub use iommu_cause::IommuCause;
pub use need::{Need, NoGroup, Unsupported};
pub use place::Place;
pub use reason::Reason;
pub(super) use reason::Twin;
pub use severity::Severity;
pub use unprepared::Unprepared;
pub use warning::Warning;
