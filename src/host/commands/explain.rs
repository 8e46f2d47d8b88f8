//! `vfio-early explain`: everything known and decided about one device.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, print_error, source, usage};
use crate::config::Mode;
use crate::host::advice::{Advice, widest};
use crate::host::explain::absent::absent;
use crate::host::explain::json::{AbsentDevice, Explanation};
use crate::host::explain::kmsg::KernelLines;
use crate::host::explain::text::{Subject, explain};
use crate::host::snapshot::{HostSnapshot, Source};
use crate::machine::{KmsgRecord, kmsg_records};
use crate::pci::Address;
use crate::plan::Plan;
use crate::sys::Root;

/// Explain one device: what it is, where, its group, who asked for it, what the next boot does with it and why, what to do.
#[derive(FromArgs)]
#[argh(subcommand, name = "explain")]
pub(super) struct Explain {
    /// the address of the device: 03:00.0
    #[argh(positional)]
    address: String,
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

impl Explain {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        match self.address.parse() {
            Ok(address) => self
                .explain(root, address)
                .unwrap_or_else(|error| print_error(&format!("explain: {error}"), UNSATISFIED)),
            Err(error) => usage(&format!("explain {}: {error}", self.address)),
        }
    }

    fn explain(&self, root: &Root, address: Address) -> Result<ExitCode, String> {
        let file = self.machine.as_deref();
        let snapshot = HostSnapshot::whole(Source {
            root,
            command: "explain",
            cmdline: self.cmdline.as_deref(),
            file,
        });
        let mut snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(status) => return Ok(status),
        };
        if file.is_none() {
            snapshot.machine.bus.read_serials(root, &[address]);
        }
        let HostSnapshot {
            request,
            machine,
            report,
            ..
        } = &snapshot;
        let kernel_log = kernel_log(root, file, address);
        let Some(device) = machine.bus.get(address) else {
            if self.json {
                json(&AbsentDevice::new(report.as_ref(), address, &kernel_log));
            } else {
                print(&absent(
                    report.as_ref(),
                    address,
                    &kernel_log,
                    &source::look(),
                ));
            }
            return Err(format!("there is no device at {address}"));
        };
        let now = Plan::new(request, machine);
        let mut entries = now.entries.iter();
        let asked =
            request.mode != Mode::Off && entries.any(|entry| entry.device.address == address);
        snapshot.print_doubts();
        let next = snapshot.next_boot(&widest(request, device));
        let advice = Advice::identity(request, &next, device);
        let plan = if asked {
            Plan::new(request, &next)
        } else {
            advice.plan.clone()
        };
        let subject = Subject {
            device,
            plan: &plan,
            asked,
            kernel_log,
            advice,
        };
        Ok(if self.json {
            json(&Explanation::new(&snapshot, &subject))
        } else {
            print(&explain(&snapshot, &subject, &source::look()))
        })
    }
}

/// The kernel log about the device; of another machine it is not known.
fn kernel_log(root: &Root, file: Option<&Path>, address: Address) -> KernelLines {
    if file.is_some() {
        return KernelLines::Unknown;
    }
    let mut lines = Vec::new();
    let mut take = |record: KmsgRecord| {
        if record.names(address) {
            lines.push(record);
        }
    };
    match kmsg_records(root, &mut take) {
        Ok(true) => KernelLines::Lines(lines),
        Ok(false) => KernelLines::Unknown,
        Err(error) => KernelLines::Closed(error.to_string()),
    }
}
