//! What the running system does with a device: a mounted file system, a route, a session on a display.
//!
//! Source: `host/usage/live.rs`, which reads it on the running host; no boot asks for it.

use crate::config::Guard;
use crate::pci::Address;

/// One use of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The device.
    pub address: Address,
    /// The guard that keeps it; `None` where a process has it open through VFIO: the kernel waits for that to end.
    pub guard: Option<Guard>,
    /// What for: `/home`, `default route by eth0`, `Xorg (812) has /dev/dri/card0 open`.
    pub what: String,
}
