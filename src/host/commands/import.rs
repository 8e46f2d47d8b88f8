//! `vfio-early import`: what other tools were told, as a configuration of ours.

use std::process::ExitCode;

use argh::FromArgs;

use crate::host::import::Old;
use crate::host::import::sources::{Import, read};
use crate::sys::Root;

/// Print what modprobe.d, the kernel command line, driverctl, Unraid, Xen, Qubes, TrueNAS and old scripts say about
/// devices as a commented vfio-early.conf.
#[derive(FromArgs)]
#[argh(subcommand, name = "import")]
pub(super) struct ImportCommand {}

impl ImportCommand {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let Import { olds, unread } = read(root);
        super::print(&text(&olds));
        for error in &unread {
            super::print_error(
                &format!("import: {error}; what stands there is not imported"),
                0,
            );
        }
        if unread.is_empty() && !olds.iter().any(Old::is_loss) {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(super::UNSATISFIED)
        }
    }
}

fn text(olds: &[Old]) -> String {
    let mut text =
        "# vfio-early.conf, as read from the settings of other tools by vfio-early import\n"
            .to_owned();
    if olds.is_empty() {
        text.push_str("# no other tool was told about devices\n");
        return text;
    }
    text.push_str("# put it into /etc/vfio-early.conf, look at it with vfio-early plan, make the images anew\n");
    for old in olds {
        text.push_str(&format!("\n{old}"));
    }
    text
}
