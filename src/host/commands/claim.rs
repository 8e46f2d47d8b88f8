//! `vfio-early claim`: what the hooks of an image run, and the udev rule of the running host.

use std::process::ExitCode;

use argh::FromArgs;

use crate::boot;
use crate::host::added;
use crate::pci::Address;
use crate::sys::Root;

/// Claim the devices that the kernel command line and /etc/vfio-early.conf name.
#[derive(FromArgs)]
#[argh(subcommand, name = "claim")]
pub(super) struct Claim {
    /// print what would be done, one line a device, and change nothing
    #[argh(switch)]
    dry_run: bool,
    /// claim only the device at this address, which came after the boot; for the udev rule
    #[argh(option)]
    added: Option<Address>,
}

impl Claim {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        match self.added {
            Some(address) => added::run(root, address),
            None => boot::claim(root, self.dry_run),
        }
    }
}
