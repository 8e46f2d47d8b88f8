//! Claims PCI devices for vfio-pci before any host driver loads.
//!
//! The kernel command line and the configuration files become a [`config::Request`], sysfs becomes a
//! [`machine::Machine`], and both become a [`plan::Plan`], which [`act`] carries out and [`report`] describes. Only
//! [`sys`] reaches the file system.
//!
//! From the ground up: [`escape`], [`malformed`], [`pci`], [`sys`], [`config`], [`machine`], [`plan`], [`act`], [`report`], [`cli`],
//! [`boot`], `host`. Each imports only those before it in this list.

/// Whether this build has the commands of the running host. Where it has not, what only they bring about is left out: the
/// boot build claims at boot, on the machine that it reads itself.
pub const HOST: bool = cfg!(feature = "host");

pub mod act;
pub mod boot;
pub mod cli;
pub mod config;
pub mod escape;
#[cfg(feature = "host")]
pub mod host;
pub mod machine;
pub mod malformed;
pub mod pci;
pub mod plan;
pub mod report;
pub mod sys;
