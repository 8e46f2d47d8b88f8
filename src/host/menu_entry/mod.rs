//! A second entry in the boot menu: the same system with `vfio-early.mode=off`, with which nothing is claimed.
//!
//! Invariant: it is never the default entry, and no entry but this one is changed.

pub mod change;
pub mod entry;
pub mod grub;
pub mod text;

pub use change::{MenuEntryStep, of_grub};
