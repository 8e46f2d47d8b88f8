//! The reason codes that the boot tests expect, each written down once.
//!
//! Source: the list of codes in man/vfio-early.8.scd.

pub(crate) const BIND_FAILED: &str = "bind-failed";
pub(crate) const BOOT_DISK: &str = "boot-disk";
pub(crate) const BOOT_DISPLAY_TAKEN: &str = "boot-display-taken";
pub(crate) const BRIDGE: &str = "bridge";
pub(crate) const DISPLAY: &str = "display";
pub(crate) const DISPLAY_TAKEN: &str = "display-taken";
pub(crate) const DUPLICATE_ID: &str = "duplicate-id";
pub(crate) const FORCED: &str = "forced";
pub(crate) const GROUP_BLOCKED: &str = "group-blocked";
pub(crate) const FRAMEBUFFER_HELD: &str = "framebuffer-held";
pub(crate) const FRAMEBUFFER_RELEASED: &str = "framebuffer-released";
pub(crate) const IDENTITY_MISMATCH: &str = "identity-mismatch";
pub(crate) const INPUT: &str = "input";
pub(crate) const INPUT_TAKEN: &str = "input-taken";
pub(crate) const LAX_ID: &str = "lax-id";
pub(crate) const MALFORMED_SELECTOR: &str = "malformed-selector";
pub(crate) const MODULE_LOAD_FAILED: &str = "module-load-failed";
pub(crate) const MODULE_MISSING: &str = "module-missing";
pub(crate) const NETWORK: &str = "network";
pub(crate) const NO_IOMMU: &str = "no-iommu";
pub(crate) const NO_INTERRUPT_REMAPPING: &str = "no-interrupt-remapping";
pub(crate) const NO_MATCH: &str = "no-match";
pub(crate) const ON_TRIAL: &str = "on-trial";
pub(crate) const RESERVED_REGION: &str = "reserved-region";
pub(crate) const RESET_METHOD_UNSUPPORTED: &str = "reset-method-unsupported";
pub(crate) const ROM_INVALID: &str = "rom-invalid";
pub(crate) const ROM_MISSING: &str = "rom-missing";
pub(crate) const UNUSED_RULE: &str = "unused-rule";
pub(crate) const VARIANT_MISSING: &str = "variant-missing";
pub(crate) const UNBIND_TIMEOUT: &str = "unbind-timeout";
pub(crate) const VFS_LATER: &str = "vfs-later";
pub(crate) const VFS_TOO_MANY: &str = "vfs-too-many";
pub(crate) const TRIAL_FAILED: &str = "trial-failed";
