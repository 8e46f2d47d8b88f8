//! The machine table: a machine as text that a person can read and write.
//!
//! Facts come first, a word and its values: `kernel`, `iommu`, `firmware` (`acpi`, `device-tree`, `unseen`), `tables`
//! (or nodes), `empty-tables` (those that list no IOMMU), `kernel-config OPTION=y|n...`, `handed-over` (words that the kernel did not know and gave to init), `interrupts`, `reserved GROUP:
//! START END KIND` (in the order of the groups), `registered`, `builtin`, `loaded`, `module PATH: NEEDS...`, what
//! modprobe.d sets (see `modprobe.rs`), `alias ALIAS MODULE` (`vfio_pci:` for a variant, `pci:` for a driver of the host), `protect LINE` of the protect list, `unknown FACTS...` (see `unknown.rs`). Then
//! one line a function, indented below the bridge it is behind: address, id, subsystem, class, driver or `-`, group or
//! `-`, and `header=0|1|2` (without it the class decides), `no-answer`,
//! `boot-display=0|1`, `override=DRIVER`, `reset=METHODS`, `rebar=BAR:SIZES` (sizes with `+`), `rom`,
//! `numa=NODE`, `serial=NUMBER`, `vfs=COUNT/LIMIT`, `virtual-of=ADDRESS`, `modules=NAMES`, `path=unknown`; methods and
//! names with commas. A blank in the name of a driver is `\\x20`, as in `HDA\\x20Intel`. `#` begins a comment.

use std::str::FromStr;

use super::modprobe;
use crate::machine::{Machine, ModuleFile};
use crate::malformed::Malformed;
use crate::pci::{Address, Details, Device, DevicePath, DriverName, Id, pair};

impl FromStr for Machine {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let mut machine = Self::default();
        let mut above: Vec<(usize, Address, DevicePath)> = Vec::new();
        for line in text
            .lines()
            .map(|line| line.split('#').next().unwrap_or("").trim_end())
        {
            let (word, rest) = line
                .trim_start()
                .split_once(char::is_whitespace)
                .unwrap_or((line.trim(), ""));
            if word.is_empty() || machine.fact(word, rest.trim())? {
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let (mut device, placed) = device(line)?;
            above.retain(|(other, ..)| *other < indent);
            let bridge = above
                .last()
                .filter(|(_, bridge, _)| bridge.domain == device.address.domain);
            let root = || DevicePath::at_root(device.address);
            let path = bridge.map_or_else(root, |(_, _, path)| path.behind(device.address));
            if placed {
                above.push((indent, device.address, path.clone()));
                device.path = Some(path);
            }
            machine.bus.devices.push(device);
        }
        machine
            .bus
            .devices
            .sort_unstable_by_key(|device| device.address);
        if let Some(framebuffer) = &machine.framebuffer {
            framebuffer.mark(&mut machine.bus);
        }
        Ok(machine)
    }
}

impl Machine {
    /// Takes a line that is a fact; `false` where it is a device.
    fn fact(&mut self, word: &str, rest: &str) -> Result<bool, Malformed> {
        let values = || rest.split_whitespace().map(str::to_owned);
        match word {
            "kernel" => self.kernel = rest.to_owned(),
            "unknown" => self.unknown = rest.parse()?,
            "iommu" => self.iommu.iommus.extend(values()),
            "tables" => self.iommu.tables.extend(values()),
            "empty-tables" => self.iommu.empty_tables.extend(values()),
            "kernel-config" => self.iommu.kernel_config.extend(values()),
            "firmware" => self.iommu.firmware = rest.parse()?,
            "handed-over" => self.iommu.handed_over.extend(values()),
            "reserved" => self.bus.regions.push(rest.parse()?),
            "interrupts" => self.iommu.interrupt_chip = Some(rest.to_owned()),
            "builtin" => self.modules.builtin.extend(values()),
            "loaded" => self.modules.loaded.extend(values()),
            "registered" => {
                for name in values() {
                    self.modules.registered.push(DriverName::from_word(&name)?);
                }
            }
            "module" => {
                let (path, needs) = rest
                    .split_once(':')
                    .ok_or_else(|| Malformed::new(rest, "a line of modules.dep"))?;
                let needs = needs.split_whitespace().map(str::to_owned).collect();
                self.modules.files.push(ModuleFile {
                    path: path.to_owned(),
                    needs,
                });
            }
            "option" | "softdep" | "module-ids" | "install" => {
                modprobe::read(&mut self.modules.modprobe, word, rest)?;
            }
            "alias" if rest.starts_with("pci:") => self.modules.hosts.push(rest.parse()?),
            "alias" => self.modules.variants.push(rest.parse()?),
            "framebuffer" => self.framebuffer = Some(rest.parse()?),
            "protect" => self.protect.devices.push(rest.parse()?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads the line of one function, and whether its place in the table is its path, which comes from the lines above.
fn device(line: &str) -> Result<(Device, bool), Malformed> {
    let mut words = line.split_whitespace();
    let mut next = |wanted| {
        words
            .next()
            .ok_or_else(|| Malformed::new(line.trim(), wanted))
    };
    let address = next("a device")?.parse()?;
    let (vendor, device) = pair(next("a device with an id")?)?;
    let (subvendor, subdevice) = pair(next("a device with a subsystem id")?)?;
    let class = next("a device with a class")?.parse()?;
    let mut device = Device::new(
        address,
        Id {
            vendor,
            device,
            subvendor,
            subdevice,
        },
        class,
    );
    let driver = next("a device with a driver or -")?;
    device.driver = Some(driver)
        .filter(|name| *name != "-")
        .map(DriverName::from_word)
        .transpose()?;
    let group = next("a device with a group or -")?;
    device.group = Some(group)
        .filter(|group| *group != "-")
        .map(str::parse)
        .transpose()?;
    let mut details = Details::default();
    let mut placed = true;
    for word in words {
        match word {
            "path=unknown" => placed = false,
            _ => attribute(&mut device, &mut details, word)?,
        }
    }
    device.details = details.known();
    Ok((device, placed))
}

fn attribute(device: &mut Device, details: &mut Details, word: &str) -> Result<(), Malformed> {
    let wanted = "header=TYPE, no-answer, boot-display=0, boot-display=1, override=DRIVER, reset=METHODS, rebar=BAR:SIZES, rom, numa=NODE, \
                  serial=NUMBER, vfs=COUNT/LIMIT, virtual-of=ADDRESS, modules=NAMES or path=unknown";
    let malformed = || Malformed::new(word, wanted);
    let list = |value: &str, between| Some(value.replace(',', between).into_boxed_str());
    match word.split_once('=') {
        Some(("boot-display", flag @ ("0" | "1"))) => device.boot_display = Some(flag == "1"),
        Some(("vfs", numbers)) => {
            let (count, limit) = numbers.split_once('/').ok_or_else(malformed)?;
            device.virtual_functions = count.parse().map_err(|_| malformed())?;
            device.virtual_limit = limit.parse().map_err(|_| malformed())?;
        }
        Some(("header", header)) => device.header = Some(header.parse()?),
        Some(("virtual-of", address)) => device.physical = Some(address.parse()?),
        Some(("override", name)) => {
            device.driver_override = Some(DriverName::from_word(name)?);
        }
        Some(("reset", methods)) => details.reset_methods = list(methods, " "),
        Some(("rebar", sizes)) => details.resizable.push(sizes.parse()?),
        None if word == "rom" => details.rom = true,
        None if word == "no-answer" => device.no_answer = true,
        Some(("numa", node)) => details.numa_node = Some(node.parse().map_err(|_| malformed())?),
        Some(("serial", number)) => device.serial = Some(number.parse()?),
        Some(("modules", names)) => details.modules = list(names, ", "),
        _ => return Err(malformed()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
kernel 6.1.0
unknown modules boot-display
iommu dmar0
tables DMAR
empty-tables DMAR
kernel-config CONFIG_INTEL_IOMMU=y CONFIG_INTEL_IOMMU_DEFAULT_ON=n
interrupts IR-IO-APIC
registered vfio-pci HDA\\x20Intel
builtin vfio_pci
loaded vfio irqbypass
module a/vfio-pci.ko: a/vfio.ko
option vfio_pci disable_vga=1
alias vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci
alias pci:v00008086d00002918sv*sd*bc*sc*i* lpc_ich
framebuffer efi-framebuffer.0 efi-framebuffer 0000:01:00.0
protect 0000:00:1d.0/00.0 144d:a808:144d:a801 010802 00-25-38-81-01-23-45-67 /,/boot/efi
0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1 header=1
  0000:01:00.0 1234:1111 1af4:1100 030000 - 2 boot-display=1 serial=52-54-00-ff-ff-12-34-56 reset=flr,bus rebar=0:256M+1G rebar=2:32M rom numa=1 modules=bochs,bochs-drm
  0000:01:00.1 8086:2668 1af4:1100 040300 HDA\\x20Intel 2 no-answer override=a\\x23b vfs=4/8
0000:00:0e.0 8086:201d 0000:0000 010400 vmd -
10000:e0:01.0 1b36:0010 1af4:1100 010802 - - virtual-of=10000:e0:00.0
0000:05:00.0 1b36:0010 1af4:1100 010802 - - path=unknown
";

    #[test]
    fn a_table_survives_reading_and_printing() {
        assert_eq!(
            TABLE.parse::<Machine>().map(|machine| machine.to_string()),
            Ok(TABLE.to_owned())
        );
    }

    #[test]
    fn indentation_gives_the_path() {
        let paths = |machine: &Machine| {
            let show = |device: &Device| device.path.as_ref().map(ToString::to_string);
            machine
                .bus
                .devices
                .iter()
                .filter_map(show)
                .collect::<Vec<_>>()
        };
        let wanted = [
            "0000:00:01.0",
            "0000:00:0e.0",
            "0000:00:01.0/00.0",
            "0000:00:01.0/00.1",
            "10000:e0:01.0",
        ];
        assert_eq!(
            TABLE.parse().as_ref().map(paths),
            Ok(wanted.map(str::to_owned).to_vec())
        );
    }

    #[test]
    fn a_line_that_makes_no_sense_is_an_error() {
        for line in ["what", "0000:00:01.0 1b36:000c", "module x"] {
            assert!(line.parse::<Machine>().is_err(), "{line}");
        }
    }
}
