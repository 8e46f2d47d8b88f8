//! `vfio-early export`: devices in the words of QEMU, libvirt, Proxmox, Incus, KubeVirt and node-feature-discovery; the last
//! claim as metrics of Prometheus.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error, usage};
use crate::config::{Request, Selector};
use crate::host::export::{Exported, Format, Guest, metrics};
use crate::host::snapshot::read_machine;
use crate::machine::{Bus, DevicesAt, EveryDevice, Machine, selected};
use crate::pci::{Address, Device};
use crate::report::Report;
use crate::sys::Root;

/// Print the devices that are on a VFIO driver, or those selected, as qemu arguments, libvirt hostdev elements, proxmox or
/// incus commands, kubevirt permittedHostDevices or an nfd feature file; or the last claim as prometheus metrics.
#[derive(FromArgs)]
#[argh(subcommand, name = "export")]
pub(super) struct Export {
    /// qemu, libvirt, proxmox, incus, kubevirt, nfd or prometheus
    #[argh(positional)]
    format: String,
    /// what these selectors take instead, whatever driver it has
    #[argh(positional)]
    selectors: Vec<String>,
    /// qemu: the guest boots by a BIOS, which draws on the first VGA display by its old registers (x-vga=on)
    #[argh(switch)]
    bios: bool,
    /// qemu: use the devices by /dev/iommu (an iommufd object; QEMU 9.0 and later)
    #[argh(switch)]
    iommufd: bool,
    /// libvirt: managed='yes', libvirt binds the devices when the guest starts and gives them back when it stops
    #[argh(switch)]
    managed: bool,
    /// proxmox: the number of the virtual machine; incus: the name of the instance
    #[argh(option)]
    guest: Option<String>,
    /// of the machine in this file: a machine table, or saved output of lspci -nnvvk
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl Export {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let exported: Exported = match self.format.parse() {
            Ok(exported) => exported,
            Err(error) => return usage(&format!("export: {error}")),
        };
        if let Some(error) = self.unfit(exported) {
            return usage(&format!("export {}: {error}", self.format));
        }
        match exported {
            Exported::Devices(format) => self.devices(root, format),
            Exported::Metrics => self.metrics(root),
        }
    }

    /// What was given that this format has no use for.
    fn unfit(&self, exported: Exported) -> Option<String> {
        let is = |format| exported == Exported::Devices(format);
        let named = is(Format::Proxmox) || is(Format::Incus);
        for (given, fits, name, whose) in [
            (self.bios, is(Format::Qemu), "--bios", "qemu"),
            (self.iommufd, is(Format::Qemu), "--iommufd", "qemu"),
            (self.managed, is(Format::Libvirt), "--managed", "libvirt"),
            (self.guest.is_some(), named, "--guest", "proxmox and incus"),
        ] {
            if given && !fits {
                return Some(format!("{name} is for {whose} only"));
            }
        }
        let name = self.guest.as_deref().unwrap_or("1");
        if is(Format::Proxmox) && !name.bytes().all(|digit| digit.is_ascii_digit()) {
            return Some(format!(
                "--guest {name}: a virtual machine of Proxmox has a number"
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-:.".contains(c);
        if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
            return Some(format!("--guest {name}: this is not the name of a guest"));
        }
        match exported {
            Exported::Metrics if !self.selectors.is_empty() => {
                Some("it is about the whole claim and takes no selector".to_owned())
            }
            Exported::Metrics if self.machine.is_some() => {
                Some("what was claimed on the machine of a file is not known".to_owned())
            }
            _ => None,
        }
    }

    fn devices(&self, root: &Root, format: Format) -> ExitCode {
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
                let guest = self.guest(&devices, report.as_ref());
                print(&format.text(&devices, &machine.bus, &guest))
            }
            Err(error) => print_error(&format!("export: {error}; nothing is printed"), UNSATISFIED),
        }
    }

    fn guest(&self, devices: &[&Device], report: Option<&Report>) -> Guest {
        let rom = |device: &&Device| {
            let reported = report?.device(device.address)?;
            // Of a path that the program did not write nothing is put into the text.
            let rom = reported.rom().filter(|path| is_plain_path(path))?;
            Some((device.address, rom))
        };
        Guest {
            name: self.guest.clone(),
            bios: self.bios,
            iommufd: self.iommufd,
            managed: self.managed,
            roms: devices.iter().filter_map(rom).collect(),
        }
    }

    /// The last claim; where it left no report, that is what is printed.
    fn metrics(&self, root: &Root) -> ExitCode {
        let report = match Report::read(root) {
            Ok(report) => report,
            Err(error) => {
                print_error(&format!("export: {error}; it counts as none"), 0);
                None
            }
        };
        let asked: Vec<Address> = report.iter().flat_map(Report::asked).collect();
        match Bus::read(root, &DevicesAt(&asked)) {
            Ok(bus) => print(&metrics(report.as_ref(), &bus)),
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
