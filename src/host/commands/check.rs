//! `vfio-early check`: whether this machine is ready for a claim.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, source};
use crate::host::check::print::{Checked, check};
use crate::host::check::{Finding, HostSetup, findings, is_ready};
use crate::host::snapshot::{HostSnapshot, Source};
use crate::sys::Root;

/// Check what a claim needs: firmware, IOMMU, driver, the image, what is asked for, what is in the way; exit 2 if
/// something is missing.
#[derive(FromArgs)]
#[argh(subcommand, name = "check")]
pub(super) struct Check {
    /// with this kernel command line instead of the running one
    #[argh(option)]
    cmdline: Option<String>,
    /// as JSON
    #[argh(switch)]
    json: bool,
    /// of the machine in this file: a machine table, or saved output of lspci -nnvvk
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl Check {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let file = self.machine.as_deref();
        let snapshot = HostSnapshot::whole(Source {
            root,
            command: "check",
            cmdline: self.cmdline.as_deref(),
            file,
        });
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(status) => return status,
        };
        let findings = self.findings(root, &snapshot);
        if self.json {
            json(&Checked::new(&findings));
        } else {
            print(&check(&findings, &source::look()));
        }
        ExitCode::from(if is_ready(&findings) { 0 } else { UNSATISFIED })
    }

    fn findings(&self, root: &Root, snapshot: &HostSnapshot<'_>) -> Vec<Finding> {
        snapshot.print_doubts();
        let cmdline = self.cmdline.as_deref();
        let setup = snapshot
            .is_of_host()
            .then(|| HostSetup::read(root, &snapshot.machine.kernel, cmdline));
        findings(snapshot, setup.as_ref())
    }
}
