//! `vfio-early check`: whether this machine is ready for a claim.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, print_error, source};
use crate::config::Request;
use crate::host::check::here::Here;
use crate::host::check::print::{Checked, check};
use crate::host::check::{Finding, Known, findings, is_ready};
use crate::machine::EveryDevice;
use crate::plan::Plan;
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
        // Of another machine nothing is asked, unless the user says what.
        let cmdline = self.cmdline.as_deref().or(file.map(|_| ""));
        let request = match source::request(root, "check", cmdline, file) {
            Ok(request) => request,
            Err(status) => return status,
        };
        match self.findings(root, &request) {
            Ok(findings) => {
                if self.json {
                    json(&Checked::new(&findings));
                } else {
                    print(&check(&findings, &source::look()));
                }
                ExitCode::from(if is_ready(&findings) { 0 } else { UNSATISFIED })
            }
            Err(error) => print_error(&format!("check: {error}"), UNSATISFIED),
        }
    }

    fn findings(&self, root: &Root, request: &Request) -> Result<Vec<Finding>, String> {
        let file = self.machine.as_deref();
        let (machine, report) = source::read(root, file, request, EveryDevice::default())?;
        let next = source::next_boot(root, file, request)?;
        let cmdline = self.cmdline.as_deref();
        let here = file
            .is_none()
            .then(|| Here::read(root, &machine.kernel, cmdline));
        Ok(findings(&Known {
            machine: &machine,
            next: &next,
            request,
            plan: &Plan::new(request, &next),
            report: report.as_ref(),
            here: here.as_ref(),
        }))
    }
}
