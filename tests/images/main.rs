//! Boots images that the real generators made, with this project's package installed. `make images` runs this.
//!
//! A test is a declaration: a suite, a generator, a command line, and the driver each device has in the real root.
//! Every image has the host drivers of all devices, and loads them: a claimed device must not go to them.

// A test may stop at the first surprise, and it writes its own files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod booted;
mod cell;
mod check;
mod claims_first;
mod coldplug;
mod disk;
mod driver_ids;
mod fallback;
mod generator;
mod guards;
#[allow(dead_code, unused_imports, reason = "the boot tests use the rest")]
#[path = "../boot/harness/mod.rs"]
mod harness;
mod hotplug;
mod image;
mod libvirt;
mod matrix;
mod mkinitcpio;
mod package;
mod root;
mod row;
mod sriov;
mod stuck;
mod times;
mod unified;
mod universal;
