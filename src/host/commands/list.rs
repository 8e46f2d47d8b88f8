//! `vfio-early list`: the devices of the machine by IOMMU group.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, print_error, source, usage};
use crate::config::Selector;
use crate::host::advice::Advice;
use crate::host::list::facts::Listing;
use crate::host::list::text::{Columns, list};
use crate::host::snapshot::{HostSnapshot, Source};
use crate::host::terminal::GLUE;
use crate::machine::{EveryDevice, Machine, selected};
use crate::pci::{Address, Device};
use crate::plan::IommuVerdict;
use crate::sys::Root;

/// List the devices by IOMMU group: address, id, driver, class and name, whether ours, boot display, reset methods, NUMA node.
#[derive(FromArgs)]
#[argh(subcommand, name = "list")]
pub(super) struct List {
    /// only what these selectors take: 10de:1200, 03:00.0, class:nvme, ...
    #[argh(positional)]
    selectors: Vec<String>,
    /// with the path of each through the bridges, which stays when addresses move
    #[argh(switch)]
    paths: bool,
    /// with the serial number of each; reading it wakes sleeping devices
    #[argh(switch)]
    serials: bool,
    /// as JSON
    #[argh(switch)]
    json: bool,
    /// of the machine in this file: a machine table, or saved output of lspci -nnvvk
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl List {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let mut selectors = Vec::new();
        for text in &self.selectors {
            match text.parse::<Selector>() {
                Ok(selector) => selectors.push(selector),
                Err(error) => return usage(&format!("list {text}: {error}")),
            }
        }
        let all = EveryDevice {
            serials: self.serials || selectors.iter().any(Selector::needs_serial),
        };
        let source = Source::of_machine(root, "list", self.machine.as_deref());
        let snapshot = source.asked().and_then(|mut asked| {
            asked.request.selectors.clear();
            if self.paths && !self.json {
                HostSnapshot::with_next_boot(&source, asked, Some(all))
            } else {
                HostSnapshot::now(&source, asked, all)
            }
        });
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(status) => return status,
        };
        let (shown, missed) = self.shown(&snapshot.machine, &selectors);
        let iommu = IommuVerdict::new(&snapshot.machine, &snapshot.request);
        if self.json {
            json(&Listing::new(&snapshot, &iommu, &shown));
        } else {
            let columns = Columns {
                paths: self.paths.then(|| paths(&snapshot, &shown)),
                serials: self.serials,
            };
            print(&list(&snapshot, &iommu, &shown, &columns, &source::look()));
        }
        missed.unwrap_or(ExitCode::SUCCESS)
    }

    /// The devices that `selectors` take, all where there are none, and the exit status where one takes nothing.
    fn shown<'a>(
        &self,
        machine: &'a Machine,
        selectors: &[Selector],
    ) -> (Vec<&'a Device>, Option<ExitCode>) {
        let devices = machine.bus.devices.iter();
        if selectors.is_empty() {
            return (devices.collect(), None);
        }
        let mut missed = None;
        let mut taken = Vec::new();
        for (selector, text) in selectors.iter().zip(&self.selectors) {
            let found = selected(selector, &machine.bus);
            if found.is_empty() {
                missed = Some(print_error(
                    &format!("list: {text} matches no device of this machine"),
                    UNSATISFIED,
                ));
            }
            taken.extend(found.iter().map(|device| device.address));
        }
        (
            devices
                .filter(|device| taken.contains(&device.address))
                .collect(),
            missed,
        )
    }
}

/// The selector by its path for each device whose path is known, judged by the plan of a boot that has it alone, and the
/// code of what stands against it.
fn paths(snapshot: &HostSnapshot<'_>, shown: &[&Device]) -> BTreeMap<Address, String> {
    let request = &snapshot.request;
    let next = snapshot.next_boot(request);
    let mut paths = BTreeMap::new();
    for device in shown.iter().filter(|device| device.path.is_some()) {
        let advice = Advice::place(request, &next, device);
        let text = match advice.objection() {
            Some(code) => format!("{}{GLUE}({code})", advice.selector),
            None => advice.selector,
        };
        paths.insert(device.address, text);
    }
    paths
}
