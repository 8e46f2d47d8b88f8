//! What the machine needs to boot: the list that the image carries, and how it is found out on the host.
//!
//! *Pure*, except `find.rs`, `live.rs` and `read.rs`, which read. Source of truth: vfio-early(8), which is ours.
//! To add one: a fact of the list is a field of [`Protected`]; a way from a file system to its devices is in `resolve.rs`.

pub mod find;
pub mod host;
pub mod reach;
pub mod read;
pub mod remark;
pub mod resolve;
pub mod route;

pub use find::find;
pub use remark::Remark;
