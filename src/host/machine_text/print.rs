//! The machine table as it is written; `table.rs` describes and reads it.

use std::fmt;

use super::modprobe;
use crate::machine::{Firmware, Machine};
use crate::pci::{Details, Device, DriverName, Id};

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = |word: &str, values: Vec<&str>| {
            if values.is_empty() {
                return Ok(());
            }
            writeln!(f, "{word} {}", values.join(" "))
        };
        let texts = |values: &'_ [String]| {
            values
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" ")
        };
        list("kernel", self.kernel.split_whitespace().collect())?;
        let unknown = self.unknown.to_string();
        list("unknown", unknown.split_whitespace().collect())?;
        if self.iommu.firmware != Firmware::Acpi {
            list("firmware", vec![self.iommu.firmware.as_str()])?;
        }
        for (word, values) in [
            ("iommu", &self.iommu.iommus),
            ("tables", &self.iommu.tables),
            ("empty-tables", &self.iommu.empty_tables),
            ("kernel-config", &self.iommu.kernel_config),
            ("handed-over", &self.iommu.handed_over),
        ] {
            list(word, texts(values).split_whitespace().collect())?;
        }
        list(
            "interrupts",
            self.iommu.interrupt_chip.as_deref().into_iter().collect(),
        )?;
        let registered = self.modules.registered.iter().map(DriverName::to_word);
        let registered: Vec<String> = registered.collect();
        list(
            "registered",
            registered.iter().map(String::as_str).collect(),
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
        modprobe::write(f, &self.modules.modprobe)?;
        for variant in &self.modules.variants {
            writeln!(f, "alias {variant}")?;
        }
        for alias in &self.modules.hosts {
            writeln!(f, "alias {alias}")?;
        }
        if let Some(framebuffer) = &self.framebuffer {
            writeln!(f, "framebuffer {framebuffer}")?;
        }
        for device in &self.protect.devices {
            writeln!(f, "protect {device}")?;
        }
        for region in &self.bus.regions {
            writeln!(f, "reserved {region}")?;
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
    let driver = dash(device.driver.as_ref().map(DriverName::to_word));
    let group = dash(device.group.map(|group| group.to_string()));
    let (indent, address, id, class) =
        ("  ".repeat(depth), device.address, device.id, device.class);
    write!(
        f,
        "{indent}{address} {id} {subvendor:04x}:{subdevice:04x} {class} {driver} {group}"
    )?;
    if let Some(header) = device.header {
        write!(f, " header={header}")?;
    }
    if device.no_answer {
        write!(f, " no-answer")?;
    }
    if let Some(flag) = device.boot_display {
        write!(f, " boot-display={}", u8::from(flag))?;
    }
    if let Some(name) = &device.driver_override {
        write!(f, " override={}", name.to_word())?;
    }
    if let Some(serial) = device.serial {
        write!(f, " serial={serial}")?;
    }
    if device.virtual_limit > 0 {
        write!(
            f,
            " vfs={}/{}",
            device.virtual_functions, device.virtual_limit
        )?;
    }
    if let Some(physical) = device.physical {
        write!(f, " virtual-of={physical}")?;
    }
    if let Some(details) = &device.details {
        write_details(f, details)?;
    }
    if device.path.is_none() {
        write!(f, " path=unknown")?;
    }
    writeln!(f)
}

fn write_details(f: &mut fmt::Formatter<'_>, details: &Details) -> fmt::Result {
    if let Some(methods) = &details.reset_methods {
        write!(f, " reset={}", methods.replace(' ', ","))?;
    }
    for bar in &details.resizable {
        write!(f, " rebar={bar}")?;
    }
    if details.rom {
        f.write_str(" rom")?;
    }
    if let Some(node) = details.numa_node {
        write!(f, " numa={node}")?;
    }
    if let Some(names) = &details.modules {
        write!(f, " modules={}", names.replace(", ", ","))?;
    }
    Ok(())
}
