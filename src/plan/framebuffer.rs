//! The boot framebuffer that is in the way of a claim.
//!
//! Source: `vfio_pci_vga_init()` in Linux's drivers/vfio/pci/vfio_pci_core.c, which takes the framebuffer away from a
//! VGA controller (class 0300) and from nothing else: of another display BAR 0 stays busy.

use super::draft::Draft;
use super::entry::Decision;
use super::message::{Reason, Warning};
use crate::machine::Framebuffer;

impl Draft<'_> {
    /// The boot framebuffer that has to be taken from a display which is claimed.
    pub(super) fn framebuffer(&self) -> Option<&Framebuffer> {
        let framebuffer = self.machine.framebuffer.as_ref()?;
        let entry = self.entry(framebuffer.display)?;
        let stays = entry.decision == Decision::Claim
            && entry.driver.is_vfio()
            && !entry.device.class.is_vga();
        Some(framebuffer).filter(|_| stays)
    }

    /// What will become of it, as far as can be foreseen.
    pub(super) fn framebuffer_warning(&self) -> Option<Warning> {
        let framebuffer = self.framebuffer()?;
        let (display, name) = (framebuffer.display, framebuffer.name.clone());
        let reason = if framebuffer.outlives_its_driver() {
            let error = None;
            Reason::FramebufferHeld { name, error }
        } else {
            framebuffer.driver.as_ref()?;
            Reason::FramebufferReleased { name }
        };
        Some(Warning::device(display, reason))
    }
}
