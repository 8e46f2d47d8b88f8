//! Carries out a plan.
//!
//! *Writes.* Source of truth: Linux's drivers/base/bus.c, drivers/base/dd.c and drivers/pci/pci-driver.c.
//! To add one: a preparation of a device before its bind gets a file here and a call in `apply`.

mod apply;
mod framebuffer;
mod hear;
mod holder;
mod iommu;
mod module;
mod prepare;
mod release;
mod sriov;
mod unbind;
mod whole;

pub use apply::apply;
pub use holder::{give_back, give_back_late};
pub use iommu::with_iommu;
pub use release::{Return, Returned, release, see_back};
pub use sriov::make_virtual;
pub use whole::uninterrupted;

/// What clears an override: a write of nothing would be dropped.
const NO_OVERRIDE: &str = "\n";
