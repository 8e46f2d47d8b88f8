//! `vfio-early explain`: everything that is known and decided about one device.

pub mod absent;
mod description;
pub mod json;
pub mod kmsg;
pub mod text;
