//! Devices in the words of those who use them: QEMU, libvirt, Proxmox, Incus, KubeVirt, node-feature-discovery; and the
//! last claim in those of Prometheus.
//!
//! Source: the head of each file names it.

mod by_id;
pub mod format;
pub mod guest;
pub mod incus;
pub mod kubevirt;
pub mod libvirt;
pub mod nfd;
pub mod prometheus;
pub mod proxmox;
pub mod qemu;

pub use format::{Exported, Format};
pub use guest::Guest;
pub use prometheus::metrics;
