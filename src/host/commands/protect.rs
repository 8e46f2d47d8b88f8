//! `vfio-early protect`: what the build hooks run to learn which devices the machine needs.

use std::process::ExitCode;

use argh::FromArgs;

use crate::host::protect::find::find;
use crate::sys::Root;

/// Print the devices that this machine needs to boot, as its image carries them.
#[derive(FromArgs)]
#[argh(subcommand, name = "protect")]
pub(super) struct Protect {}

impl Protect {
    /// Runs the command below `root`. A list that lacks something is no error, since it is better than none; one that is
    /// cut off because it could not be written is.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let (list, doubts) = find(root);
        super::doubt("protect", &doubts);
        super::print(&list.to_string())
    }
}
