//! Takes the boot framebuffer from a display before it is claimed, and gives it back where the claim fails.
//!
//! Source: facts measured on 6.1, 6.12 and 7.2: efifb and vesafb let go of the memory when they are unbound; that of
//! simpledrm is its platform device's own and stays busy. So /proc/iomem is believed, not the write.

use crate::machine::Framebuffer;
use crate::pci::Address;
use crate::plan::{Reason, Warning};
use crate::sys::{Error, Root, SysPath};

/// A framebuffer that was to be released, and what went wrong with it.
#[derive(Debug)]
pub(super) struct Release<'a> {
    framebuffer: &'a Framebuffer,
    error: Option<String>,
}

impl<'a> Release<'a> {
    /// Takes the framebuffer from the driver that draws on it.
    pub(super) fn new(root: &Root, framebuffer: &'a Framebuffer) -> Self {
        let error = write(root, framebuffer, "unbind").err();
        Self {
            framebuffer,
            error: error.map(|error| error.to_string()),
        }
    }

    /// The display in whose memory it lies.
    pub(super) fn display(&self) -> Address {
        self.framebuffer.display
    }

    /// Lets its driver draw again unless the display is ours, and returns what became of it.
    pub(super) fn settle(self, root: &Root, ours: bool) -> Option<Warning> {
        let display = self.display();
        let reason = if ours {
            self.verdict(root)
        } else {
            self.take_back(root)
        };
        reason.map(|reason| Warning::device(display, reason))
    }

    /// Whether the memory is free; nothing where it was so before.
    fn verdict(self, root: &Root) -> Option<Reason> {
        let name = self.framebuffer.name.clone();
        let (held, error) = match self.framebuffer.is_held(root) {
            Ok(held) => (held, self.error),
            Err(error) => (true, Some(self.error.unwrap_or_else(|| error.to_string()))),
        };
        match (held, &self.framebuffer.driver) {
            (true, _) => Some(Reason::FramebufferHeld { name, error }),
            (false, Some(_)) => Some(Reason::FramebufferReleased { name }),
            (false, None) => None,
        }
    }

    fn take_back(self, root: &Root) -> Option<Reason> {
        let bound = match self.error {
            // Without it the screen stays dark: this is worth a second try.
            None => write(root, self.framebuffer, "bind")
                .or_else(|_| write(root, self.framebuffer, "bind")),
            Some(_) => Ok(()),
        };
        bound.err().map(|error| Reason::NotGivenBack {
            error: error.to_string(),
        })
    }
}

fn write(root: &Root, framebuffer: &Framebuffer, file: &str) -> Result<(), Error> {
    match &framebuffer.driver {
        Some(driver) => root.write(SysPath::PlatformDriverFile(driver, file), &framebuffer.name),
        None => Ok(()),
    }
}
