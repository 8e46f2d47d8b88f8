//! Claims PCI devices for vfio-pci before any host driver loads.
//!
//! The flow: command line and files become a [`ask::Request`], sysfs becomes a [`machine::Machine`], both become a
//! [`plan::Plan`], which is carried out by [`act`] and told by [`tell`]. Only [`root`] knows the file system.

pub mod act;
pub mod ask;
pub mod check;
pub mod cli;
pub mod export;
pub mod image;
pub mod import;
pub mod machine;
pub mod malformed;
pub mod pci;
pub mod plan;
pub mod protect;
pub mod root;
pub mod tell;
