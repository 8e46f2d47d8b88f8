//! Boots machines in QEMU and looks at what `vfio-early claim` did there. `make boot` runs this.
//!
//! A test is a declaration: devices, a command line, and the driver each device must have in the end. After the claim
//! every machine loads the host drivers of its devices: a claimed one must not go to them.

// A test may stop at the first surprise, and it writes its own files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod arm64;
mod bind;
mod builtin;
mod check;
mod deadline;
mod driver_ids;
mod drivers;
mod framebuffer;
mod groups;
mod guards;
mod handover;
mod harness;
mod host;
mod iommu;
mod lspci;
mod modes;
mod platform;
mod preparation;
mod protect;
mod scale;
mod selectors;
mod sriov;
mod stopped;
mod trial;
mod universal;
mod usable;
mod variants;
mod walk;
