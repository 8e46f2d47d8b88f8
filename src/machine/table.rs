//! The machine table: a machine as text that a person can read and write.
//!
//! *Pure.* Source of truth: the description below, which is ours.
//!
//! Facts come first, a word and its values: `kernel`, `iommu`, `tables`, `interrupts`, `registered`, `builtin`,
//! `loaded`, `module PATH: NEEDS...`, `option MODULE TEXT`. Then one line a function, indented below the bridge it is
//! behind: address, id, subsystem, class, driver or `-`, group or `-`, and `boot-display=0|1`, `override=DRIVER`.
//! `#` begins a comment. To add one: a fact is an arm in `fact`, an attribute one in `attribute`, both in `Display`.

use std::fmt;
use std::str::FromStr;

use super::{Machine, ModuleFile};
use crate::ask::modprobe_options;
use crate::malformed::Malformed;
use crate::pci::{Address, Device, DevicePath, Id, pair};

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
            let mut device = device(line)?;
            above.retain(|(other, ..)| *other < indent);
            let bridge = above
                .last()
                .filter(|(_, bridge, _)| bridge.domain == device.address.domain);
            let root = || DevicePath::at_root(device.address);
            let path = bridge.map_or_else(root, |(_, _, path)| path.behind(device.address));
            above.push((indent, device.address, path.clone()));
            device.path = Some(path);
            machine.bus.devices.push(device);
        }
        machine
            .bus
            .devices
            .sort_unstable_by_key(|device| device.address);
        Ok(machine)
    }
}

impl Machine {
    /// Takes a line that is a fact; `false` where it is a device.
    fn fact(&mut self, word: &str, rest: &str) -> Result<bool, Malformed> {
        let values = || rest.split_whitespace().map(str::to_owned);
        match word {
            "kernel" => self.kernel = rest.to_owned(),
            "iommu" => self.iommu.iommus.extend(values()),
            "tables" => self.iommu.tables.extend(values()),
            "interrupts" => self.iommu.interrupt_chip = Some(rest.to_owned()),
            "builtin" => self.modules.builtin.extend(values()),
            "loaded" => self.modules.loaded.extend(values()),
            "registered" => {
                for name in values() {
                    self.modules.registered.push(name.parse()?);
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
            "option" => self
                .modules
                .options
                .extend(modprobe_options(&format!("options {rest}"))),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads the line of one function; its path comes from the lines above.
fn device(line: &str) -> Result<Device, Malformed> {
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
        .map(str::parse)
        .transpose()?;
    let group = next("a device with a group or -")?;
    device.group = Some(group)
        .filter(|group| *group != "-")
        .map(str::parse)
        .transpose()?;
    words.try_for_each(|word| attribute(&mut device, word))?;
    Ok(device)
}

fn attribute(device: &mut Device, word: &str) -> Result<(), Malformed> {
    match word.split_once('=') {
        Some(("boot-display", flag @ ("0" | "1"))) => device.boot_display = Some(flag == "1"),
        Some(("override", name)) => device.driver_override = Some(name.parse()?),
        _ => {
            return Err(Malformed::new(
                word,
                "boot-display=0, boot-display=1 or override=DRIVER",
            ));
        }
    }
    Ok(())
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = |word: &str, values: Vec<&str>| match values.is_empty() {
            true => Ok(()),
            false => writeln!(f, "{word} {}", values.join(" ")),
        };
        let texts = |values: &'_ [String]| {
            values
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" ")
        };
        list("kernel", vec![self.kernel.as_str()])?;
        for (word, values) in [
            ("iommu", &self.iommu.iommus),
            ("tables", &self.iommu.tables),
        ] {
            list(word, texts(values).split_whitespace().collect())?;
        }
        list(
            "interrupts",
            self.iommu.interrupt_chip.as_deref().into_iter().collect(),
        )?;
        list(
            "registered",
            self.modules
                .registered
                .iter()
                .map(crate::pci::DriverName::as_str)
                .collect(),
        )?;
        for (word, values) in [
            ("builtin", &self.modules.builtin),
            ("loaded", &self.modules.loaded),
        ] {
            list(word, texts(values).split_whitespace().collect())?;
        }
        for file in &self.modules.files {
            writeln!(f, "module {}: {}", file.path, file.needs.join(" "))?;
        }
        for option in &self.modules.options {
            writeln!(f, "option {} {}", option.module, option.text)?;
        }
        // In the order of the walk, so that what is behind a bridge follows it.
        let mut devices: Vec<&Device> = self.bus.devices.iter().collect();
        devices.sort_by_key(|device| (device.path.is_none(), device.path.clone()));
        devices
            .into_iter()
            .try_for_each(|device| write_device(f, device))
    }
}

fn write_device(f: &mut fmt::Formatter<'_>, device: &Device) -> fmt::Result {
    let depth = device.path.as_ref().map_or(0, |path| path.depth());
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let Id {
        subvendor,
        subdevice,
        ..
    } = device.id;
    let driver = dash(device.driver.as_ref().map(ToString::to_string));
    let group = dash(device.group.map(|group| group.to_string()));
    let (indent, address, id, class) =
        ("  ".repeat(depth), device.address, device.id, device.class);
    write!(
        f,
        "{indent}{address} {id} {subvendor:04x}:{subdevice:04x} {class} {driver} {group}"
    )?;
    if let Some(flag) = device.boot_display {
        write!(f, " boot-display={}", u8::from(flag))?;
    }
    if let Some(name) = &device.driver_override {
        write!(f, " override={name}")?;
    }
    writeln!(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
kernel 6.1.0
iommu dmar0
tables DMAR
interrupts IR-IO-APIC
registered vfio-pci
builtin vfio_pci
loaded vfio irqbypass
module a/vfio-pci.ko: a/vfio.ko
option vfio_pci disable_vga=1
0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1
  0000:01:00.0 1234:1111 1af4:1100 030000 - 2 boot-display=1
  0000:01:00.1 8086:2668 1af4:1100 040300 - 2 override=vfio-pci
0000:00:0e.0 8086:201d 0000:0000 010400 vmd -
10000:e0:01.0 1b36:0010 1af4:1100 010802 - -
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
