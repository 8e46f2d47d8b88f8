//! Carries out a plan.

mod apply;
mod attempt;
mod claim;
mod driver_ids;
mod framebuffer;
mod holder;
mod iommu;
mod module;
mod prepare;
mod probe_error;
mod release;
mod sriov;
mod unbind;

pub use claim::{Claimed, Scope, claim};
pub use driver_ids::keep_ids_off;
pub use holder::{give_back, give_back_late};
pub use module::load_file_system;
pub use release::{Return, Returned, release};
pub use sriov::make_virtual;

/// What clears an override: a write of nothing would be dropped.
const NO_OVERRIDE: &str = "\n";
