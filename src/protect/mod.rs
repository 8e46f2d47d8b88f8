//! What the machine needs to boot: the list that the image carries, and how it is found out on the host.
//!
//! *Pure.* Source of truth: vfio-early(8), which is ours.
//! To add one: a fact of the list is a field of [`Protected`].

mod fit;
mod list;

pub use fit::Fit;
pub use list::{ProtectList, Protected};
