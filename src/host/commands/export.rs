//! `vfio-early export`: devices in the words of QEMU, libvirt, KubeVirt and node-feature-discovery.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error, usage};
use crate::config::{Request, Selector};
use crate::host::export::{Format, Guest};
use crate::host::snapshot::read_machine;
use crate::machine::{EveryDevice, Machine, selected};
use crate::pci::{Address, Device};
use crate::sys::Root;

/// Print the devices that are on a VFIO driver, or those selected, as qemu arguments, libvirt hostdev elements, kubevirt
/// permittedHostDevices or an nfd feature file.
#[derive(FromArgs)]
#[argh(subcommand, name = "export")]
pub(super) struct Export {
    /// qemu, libvirt, kubevirt or nfd
    #[argh(positional)]
    format: String,
    /// what these selectors take instead, whatever driver it has
    #[argh(positional)]
    selectors: Vec<String>,
    /// qemu: the guest boots by a BIOS, which draws on the first VGA display by its old registers (x-vga=on)
    #[argh(switch)]
    bios: bool,
    /// of the machine in this file: a machine table, or saved output of lspci -nnvvk
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl Export {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let format: Format = match self.format.parse() {
            Ok(format) => format,
            Err(error) => return usage(&format!("export: {error}")),
        };
        let mut selectors = Vec::new();
        for text in &self.selectors {
            match text.parse::<Selector>() {
                Ok(selector) => selectors.push(selector),
                Err(error) => return usage(&format!("export {text}: {error}")),
            }
        }
        let all = EveryDevice {
            serials: selectors.iter().any(Selector::needs_serial),
        };
        let request = Request::default();
        let (machine, report) = match read_machine(root, self.machine.as_deref(), &request, all) {
            Ok(read) => read,
            Err(error) => return print_error(&format!("export: {error}"), UNSATISFIED),
        };
        match self.chosen(&machine, &selectors) {
            Ok(devices) => {
                let rom = |device: &&Device| {
                    let reported = report.as_ref()?.device(device.address)?;
                    // Of a path that the program did not write nothing is put into the text.
                    let rom = reported.rom().filter(|path| is_plain_path(path))?;
                    Some((device.address, rom))
                };
                let guest = Guest {
                    bios: self.bios,
                    roms: devices.iter().filter_map(rom).collect(),
                };
                print(&format.text(&devices, &guest))
            }
            Err(error) => print_error(&format!("export: {error}; nothing is printed"), UNSATISFIED),
        }
    }

    /// The devices that the selectors take, or those on a VFIO driver; bridges and what is held never.
    fn chosen<'a>(
        &self,
        machine: &'a Machine,
        selectors: &[Selector],
    ) -> Result<Vec<&'a Device>, String> {
        let mut taken: Vec<Address> = Vec::new();
        for (selector, text) in selectors.iter().zip(&self.selectors) {
            let found = selected(selector, &machine.bus);
            if found.is_empty() {
                return Err(format!("{text} matches no device of this machine"));
            }
            taken.extend(found.iter().map(|device| device.address));
        }
        let on_vfio = |device: &Device| {
            device
                .driver
                .as_ref()
                .is_some_and(|driver| driver.is_vfio())
        };
        let wanted = |device: &&Device| {
            if selectors.is_empty() {
                on_vfio(device)
            } else {
                taken.contains(&device.address)
            }
        };
        let devices = machine.bus.devices.iter().filter(wanted);
        let usable = |device: &&Device| {
            !device.is_bridge() && (device.platform().is_none() || on_vfio(device))
        };
        let devices: Vec<&Device> = devices.filter(usable).collect();
        match devices.is_empty() {
            true if selectors.is_empty() => Err("no device is on a VFIO driver".to_owned()),
            true => Err("what is selected is bridges, which nobody can have".to_owned()),
            false => Ok(devices),
        }
    }
}

/// Whether a path has only what stands for itself in the arguments of QEMU and in XML.
fn is_plain_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._:-".contains(c);
    path.chars().all(plain)
}
