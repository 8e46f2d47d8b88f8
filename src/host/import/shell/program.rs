//! What programs do to devices and to text.

use super::effects::{device, new_id, taken};
use super::named::named;
use super::obstacle::ObstacleKind;
use super::parse::Read;
use super::shell::{Flow, Ran, Shell};
use super::value::{ANY, DEVICE, EACH, PATTERN, SOME, VENDOR, is_each, is_private, is_unknown};
use crate::pci::DriverName;

const DONE: Ran = (Some(true), Flow::On);

impl Shell<'_> {
    /// A command that is not known: none that is about devices may be.
    pub(super) fn other(&mut self, name: &str, arguments: &[String]) -> Read<Ran> {
        let is_about = |text: &str| {
            let text = text.to_ascii_lowercase();
            [
                "vfio",
                "pci-stub",
                "pci_stub",
                "pciback",
                "driver_override",
                "passthrough",
            ]
            .iter()
            .any(|word| text.contains(word))
        };
        let names = |text: &String| is_each(text) || !named(text).is_empty();
        if self.strict
            || is_about(name)
            || arguments.iter().any(|text| is_about(text) || names(text))
        {
            return Err(self.obstacle(ObstacleKind::Command(name.to_owned())));
        }
        self.state.output.push(ANY);
        Ok((None, Flow::On))
    }

    /// The text of a file: what is known of a device, or what stands in a file of this machine.
    pub(super) fn file(&self, path: &str) -> String {
        let unknown = SOME.to_string();
        if is_unknown(path) {
            return unknown;
        }
        if path.starts_with("/sys") {
            return match (device(path), self.state.boot_vga) {
                (Some((EACH, "boot_vga")), Some(value)) => format!("{}\n", u8::from(value)),
                (Some((name, "vendor")), _) => format!("{VENDOR}{name}\n"),
                (Some((name, "device")), _) => format!("{DEVICE}{name}\n"),
                _ => unknown,
            };
        }
        if path.starts_with("/proc") || path.starts_with("/dev") || !path.starts_with('/') {
            return unknown;
        }
        (self.load)(path)
            .filter(|text| !text.contains(is_private))
            .unwrap_or(unknown)
    }

    /// `modprobe vfio-pci ids=...`.
    pub(super) fn modprobe(&mut self, base: &str, arguments: &[String]) -> Read<Ran> {
        let removes = |word: &String| {
            word == "--remove"
                || word.starts_with('-') && !word.starts_with("--") && word.contains('r')
        };
        if base != "insmod" && arguments.iter().any(removes) {
            return Ok((None, Flow::On));
        }
        let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
        let path = words.next().map(String::as_str).unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or(path);
        let module = file.split('.').next().unwrap_or(file).replace('_', "-");
        let is_driver = matches!(module.as_str(), "vfio-pci" | "pci-stub");
        for word in words {
            if let Some(list) = word.strip_prefix("ids=").filter(|_| is_driver) {
                if is_unknown(list) || is_each(list) {
                    return Err(self.obstacle(ObstacleKind::Value));
                }
                let (module, list) = (module.clone(), list.to_owned());
                self.affect(|effects| effects.lists.push((module, list)))?;
            } else if (is_driver || is_unknown(&module)) && is_unknown(word)
                || module.contains("pciback") && word.starts_with("hide=")
            {
                return Err(self.obstacle(ObstacleKind::Value));
            }
        }
        Ok(DONE)
    }

    /// Programs that give a device to a driver.
    pub(super) fn tool(&mut self, base: &str, arguments: &[String]) -> Read<Ran> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let plain: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !word.starts_with("--no"))
            .collect();
        match (base, plain.as_slice()) {
            ("driverctl", ["set-override", name, driver]) => self.give(name, driver)?,
            ("virsh", ["nodedev-detach" | "nodedev-dettach", name, ..]) => {
                let name = name.trim_start_matches("pci_");
                let parts: Vec<&str> = name.split('_').collect();
                match parts.as_slice() {
                    [domain, bus, device, function] => {
                        self.give(&format!("{domain}:{bus}:{device}.{function}"), "vfio-pci")?;
                    }
                    _ => return self.other(base, arguments),
                }
            }
            ("dpdk-devbind" | "dpdk-devbind.py", ["-b" | "--bind", driver, names @ ..]) => {
                for name in names {
                    self.give(name, driver)?;
                }
            }
            ("dpdk-devbind" | "dpdk-devbind.py", [first, names @ ..])
                if first.starts_with("--bind=") =>
            {
                for name in names {
                    self.give(name, first.trim_start_matches("--bind="))?;
                }
            }
            ("xl", ["pci-assignable-add", names @ ..]) => {
                for name in names {
                    let is_short = name.matches(':').count() == 1;
                    let domain = if is_short { "0000:" } else { "" };
                    self.give(&format!("{domain}{name}"), "vfio-pci")?;
                }
            }
            ("virsh" | "xl", _) => return Ok((None, Flow::On)),
            _ => return self.other(base, arguments),
        }
        Ok(DONE)
    }

    /// Gives the device `name` to `driver`.
    fn give(&mut self, name: &str, driver: &str) -> Read<()> {
        if is_unknown(name) || is_unknown(driver) || is_each(driver) {
            return Err(self.obstacle(ObstacleKind::Value));
        }
        // Xen's driver does what vfio-pci does elsewhere.
        let driver = if matches!(driver, "pciback" | "xen-pciback") {
            "vfio-pci"
        } else {
            driver
        };
        match DriverName::from_setting(driver) {
            Ok(driver) if driver.is_vfio() || driver.as_str() == "pci-stub" => {
                let taken = taken(name).map_err(|kind| self.obstacle(kind))?;
                self.take(taken, driver.as_str())
            }
            Ok(driver) => Err(self.obstacle(ObstacleKind::HostDriver(driver.to_string()))),
            Err(_) => Err(self.obstacle(ObstacleKind::Value)),
        }
    }

    /// Writes `text` to the file `path`.
    pub(super) fn write(&mut self, path: &str, text: &str) -> Read<()> {
        let files = [
            "driver_override",
            "new_id",
            "/bind",
            "new_slot",
            "sriov_numvfs",
        ];
        let is_about = files.iter().any(|file| path.ends_with(file));
        let value = text.trim();
        if !path.starts_with("/sys/") || is_unknown(path) || path.contains(['*', '?']) {
            // A script, or a file of modprobe.d, that it writes.
            let writes = text.contains("driver_override")
                || text.contains("new_id")
                || text.contains("ids=");
            let gives = is_unknown(path) && (value == "vfio-pci" || !named(value).is_empty());
            return if is_about || writes || gives {
                Err(self.obstacle(ObstacleKind::Value))
            } else {
                Ok(())
            };
        }
        if !is_about {
            if path.ends_with("/unbind") && !is_unknown(value) {
                self.state.unbound.push(value.to_owned());
            }
            return Ok(());
        }
        let driver = path
            .strip_prefix("/sys/bus/pci/drivers/")
            .and_then(|rest| rest.split_once('/'));
        match (device(path), driver) {
            (Some((name, "driver_override")), _) => self.give(name, value),
            (_, Some((driver, "bind" | "new_slot"))) => self.give(value, driver),
            (_, Some((driver, "new_id"))) => self.new_id(driver, value),
            _ if path.ends_with("sriov_numvfs") => self.virtual_functions(path, value),
            // A driver's directory that is reached by a device.
            _ => Err(self.obstacle(ObstacleKind::Value)),
        }
    }

    fn new_id(&mut self, driver: &str, text: &str) -> Read<()> {
        let is_ours = DriverName::from_setting(driver)
            .is_ok_and(|name| name.is_vfio() || name.as_str() == "pci-stub");
        if !is_ours {
            return Ok(());
        }
        let named = new_id(text).map_err(|kind| self.obstacle(kind))?;
        let driver = driver.to_owned();
        match named {
            Ok(id) => self.affect(|effects| effects.ids.push((driver, id))),
            Err(taken) => self.take(taken, &driver),
        }
    }

    fn virtual_functions(&mut self, path: &str, count: &str) -> Read<()> {
        let interface = path
            .strip_prefix("/sys/class/net/")
            .and_then(|rest| rest.strip_suffix("/device/sriov_numvfs"));
        let name = match (device(path), interface) {
            (Some((name, "sriov_numvfs")), _) => name,
            (_, Some(name)) => name,
            _ => return Err(self.obstacle(ObstacleKind::Value)),
        };
        if is_unknown(count) || is_each(name) || name.contains(PATTERN) {
            return Err(self.obstacle(ObstacleKind::Value));
        }
        let (name, count) = (name.to_owned(), count.to_owned());
        self.affect(|effects| {
            effects.functions.retain(|(other, _)| *other != name);
            if count != "0" {
                effects.functions.push((name, count));
            }
        })
    }
}
