//! Devices in the words of those who use them: QEMU, libvirt, KubeVirt, node-feature-discovery.
//!
//! Source: the head of each file names it.

mod by_id;
pub mod format;
pub mod guest;
pub mod kubevirt;
pub mod libvirt;
pub mod nfd;
pub mod qemu;

pub use format::Format;
pub use guest::Guest;
