//! The reason codes that the boot tests expect, each written down once.
//!
//! Source of truth: the list of codes in man/vfio-early.8.scd.

pub(crate) const BIND_FAILED: &str = "bind-failed";
pub(crate) const DUPLICATE_ID: &str = "duplicate-id";
pub(crate) const GROUP_BLOCKED: &str = "group-blocked";
pub(crate) const IDENTITY_MISMATCH: &str = "identity-mismatch";
pub(crate) const LAX_ID: &str = "lax-id";
pub(crate) const MALFORMED_SELECTOR: &str = "malformed-selector";
pub(crate) const MODULE_LOAD_FAILED: &str = "module-load-failed";
pub(crate) const MODULE_MISSING: &str = "module-missing";
pub(crate) const NO_IOMMU: &str = "no-iommu";
pub(crate) const NO_MATCH: &str = "no-match";
pub(crate) const UNBIND_TIMEOUT: &str = "unbind-timeout";
