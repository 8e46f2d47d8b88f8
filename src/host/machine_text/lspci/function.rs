//! One function of a text, with what the text contains of it.
//!
//! Source: `show_verbose()` and what it calls in lspci.c, ls-caps.c, ls-ecaps.c and ls-kernel.c of pciutils 3.9 and 3.13.

use super::interface::interface_of;
use super::line::{Head, after, ids};
use super::shown::Shown;
use super::sriov::Sriov;
use crate::host::machine_text::TextError;
use crate::pci::{
    Address, Class, Details, Device, DriverName, GroupId, HeaderType, Id, SerialNumber,
};

/// One function of the text.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) address: Address,
    class: Option<u16>,
    interface: Option<u8>,
    ids: Option<(u16, u16)>,
    subsystem: Option<(u16, u16)>,
    driver: Option<DriverName>,
    modules: Option<Box<str>>,
    pub(super) group: Option<GroupId>,
    numa_node: Option<u32>,
    serial: Option<SerialNumber>,
    header: Option<HeaderType>,
    /// Whether it does not answer: `(rev ff) (prog-if ff)`, `!!! Unknown header type 7f`.
    no_answer: bool,
    /// The buses behind it, the first and the last.
    pub(super) behind: Option<(u8, u8)>,
    /// Whether a bridge forwards what is written to VGA registers.
    pub(super) forwards_vga: bool,
    /// Whether its ROM is where a BIOS puts that of the display it draws on.
    pub(super) has_video_rom: bool,
    pub(super) sriov: Sriov,
    pub(super) shown: Shown,
}

impl Function {
    pub(super) fn new(head: &Head<'_>, group: Option<GroupId>) -> Self {
        let interface = after(head.rest, "(prog-if ");
        let no_answer = head.rest.contains("(rev ff)") && interface.is_none_or(|one| one == "ff");
        let interface = interface.filter(|_| !no_answer);
        Self {
            address: head.address,
            class: head.class,
            interface: interface.and_then(|digits| u8::from_str_radix(digits, 16).ok()),
            ids: head.ids,
            subsystem: None,
            driver: None,
            modules: None,
            group,
            numa_node: None,
            serial: None,
            header: None,
            no_answer,
            behind: None,
            forwards_vga: false,
            has_video_rom: false,
            sriov: Sriov::default(),
            shown: Shown {
                groups: group.is_some(),
                ..Shown::default()
            },
        }
    }

    /// Takes a line below the first; `false` where it is none that matters.
    pub(super) fn take(&mut self, line: &str) -> Result<bool, TextError> {
        let (word, rest) = line.split_once(':').unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "Control" => {
                self.shown.verbose = true;
                self.shown.capabilities = true;
            }
            "Flags" => self.flags(rest),
            "Subsystem" => self.subsystem(rest),
            "Kernel driver in use" => {
                self.shown.drivers = true;
                self.driver = Some(rest.parse()?);
            }
            "Kernel modules" => {
                self.shown.drivers = true;
                self.modules = is_modules(rest).then(|| rest.into());
            }
            "IOMMU group" => self.group(rest),
            "BridgeCtl" => self.forwards_vga = rest.split(' ').any(|flag| flag == "VGA+"),
            "NUMA node" => self.numa_node = rest.parse().ok(),
            "Bus" => {
                self.header = Some(HeaderType::PciBridge);
                self.behind = buses(rest);
            }
            "Capabilities" => self.capability(rest),
            "Initial VFs" => self.sriov.take_counts(rest),
            "!!! Unknown header type 7f" => {
                self.no_answer = true;
                self.interface = None;
            }
            "VF offset" => self.sriov.take_places(rest),
            _ if line.contains("Expansion ROM at 000c0000") => self.has_video_rom = true,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// `bus master, fast devsel, latency 0, IRQ 16, NUMA node 0, IOMMU group 8`, as `-v` prints it.
    fn flags(&mut self, text: &str) {
        self.shown.verbose = true;
        for flag in text.split(", ") {
            if let Some(group) = flag.strip_prefix("IOMMU group ") {
                self.group(group);
            } else if let Some(node) = flag.strip_prefix("NUMA node ") {
                self.numa_node = node.parse().ok();
            }
        }
    }

    fn group(&mut self, text: &str) {
        if let Ok(group) = text.parse() {
            self.shown.groups = true;
            self.group = Some(group);
        }
    }

    fn capability(&mut self, text: &str) {
        if text.starts_with("<access denied>") {
            self.shown.capabilities = false;
        }
        let text = text.split_once("] ").map_or(text, |(_, text)| text);
        if let Some(number) = text.strip_prefix("Device Serial Number ") {
            // People make it unreadable before they publish a text.
            let number: Option<SerialNumber> = number.trim().parse().ok();
            self.serial = number.and_then(SerialNumber::if_unique);
        } else if let Some(rest) = text.strip_prefix("Subsystem:") {
            self.subsystem(rest);
        }
    }

    fn subsystem(&mut self, text: &str) {
        if let Some(found) = ids(text) {
            self.shown.subsystems = true;
            self.subsystem = Some(found);
        }
    }

    /// Adds what a later listing in the same text contains of it.
    ///
    /// Errors where that one is another device: the text is of two machines.
    pub(super) fn update(&mut self, later: Self) -> Result<(), TextError> {
        if let (Some(one), Some(other)) = (self.ids, later.ids) {
            if one != other {
                return Err(TextError::TwoMachines {
                    address: self.address,
                    ids: [one, other],
                });
            }
        }
        self.class = later.class.or(self.class);
        self.interface = later.interface.or(self.interface);
        self.ids = later.ids.or(self.ids);
        self.subsystem = later.subsystem.or(self.subsystem);
        if later.shown.drivers {
            self.driver = later.driver;
            self.modules = later.modules.or(self.modules.take());
        }
        self.group = later.group.or(self.group);
        self.numa_node = later.numa_node.or(self.numa_node);
        self.serial = later.serial.or(self.serial);
        self.no_answer = later.no_answer;
        self.header = later.header.or(self.header);
        self.behind = later.behind.or(self.behind);
        self.forwards_vga |= later.forwards_vga;
        self.has_video_rom |= later.has_video_rom;
        if later.shown.capabilities {
            self.sriov = later.sriov;
        }
        self.shown = self.shown.or(later.shown);
        Ok(())
    }

    /// Marks as printed what the `listing` that it is in shows to have been; lspci prints nothing more of a device that
    /// does not answer but its drivers.
    pub(super) fn set_shown(&mut self, listing: Shown) {
        let own = self.shown;
        let whole = !self.no_answer;
        self.shown = Shown {
            drivers: listing.drivers,
            groups: own.groups || (whole && listing.groups),
            subsystems: whole && (listing.subsystems || own.verbose),
            capabilities: whole && own.capabilities,
            verbose: own.verbose,
        };
    }

    /// Whether the buses behind it are not in the text, although there may be some.
    pub(super) fn hides_buses(&self) -> bool {
        !self.shown.verbose && Class(u32::from(self.class.unwrap_or(0)) << 8).has_secondary_bus()
    }

    /// Whether its class is in the text.
    pub(super) fn has_class(&self) -> bool {
        self.class.is_some()
    }

    pub(super) fn is_vga(&self) -> bool {
        self.class == Some(0x0300)
    }

    /// Vendor and device.
    pub(super) fn ids(&self) -> Option<(u16, u16)> {
        self.ids
    }

    /// Whether the programming interface is one that matters and is not in the text.
    pub(super) fn hides_interface(&self) -> bool {
        let matters = matches!(self.class, Some(0x0101 | 0x0106 | 0x0108 | 0x0c03));
        matters && self.interface().is_none()
    }

    /// The programming interface. With `-v`, lspci leaves one out that is 00 and has no name; without, it leaves out all,
    /// and a driver that binds to one interface only shows which it is.
    fn interface(&self) -> Option<u8> {
        let driver = self.driver.as_ref().map(DriverName::as_str);
        let modules = self.modules.as_deref().unwrap_or("").split(", ");
        let mut drivers = driver.into_iter().chain(modules);
        let plain = self.shown.verbose.then_some(0);
        self.interface
            .or(plain)
            .or_else(|| drivers.find_map(|name| interface_of(self.class?, name)))
    }

    /// The device as far as the text contains it.
    ///
    /// Errors where its numbers are missing.
    pub(super) fn device(&self) -> Result<Device, TextError> {
        let missing = TextError::NoNumbers {
            address: self.address,
        };
        let Some((vendor, device)) = self.ids else {
            return Err(missing);
        };
        let class = self.class.unwrap_or(0);
        let (subvendor, subdevice) = self.subsystem.unwrap_or_default();
        let id = Id {
            vendor,
            device,
            subvendor,
            subdevice,
        };
        let interface = u32::from(self.interface().unwrap_or(0));
        // lspci -v prints the buses of every bridge that has some.
        let no_bus = (self.shown.verbose && class >> 8 == 0x06).then_some(HeaderType::Endpoint);
        let details = Details {
            numa_node: self.numa_node,
            modules: self.modules.clone(),
            ..Details::default()
        };
        Ok(Device {
            header: self.header.or(no_bus),
            no_answer: self.no_answer,
            driver: self.driver.clone(),
            group: self.group,
            serial: self.serial,
            virtual_functions: self.sriov.count,
            virtual_limit: self.sriov.total,
            details: details.known(),
            ..Device::new(self.address, id, Class(u32::from(class) << 8 | interface))
        })
    }
}

/// `primary=00, secondary=01, subordinate=02, sec-latency=0`; nothing behind a bridge that was not set up.
fn buses(text: &str) -> Option<(u8, u8)> {
    let bus = |word| u8::from_str_radix(after(text, word)?, 16).ok();
    let buses = (bus("secondary=")?, bus("subordinate=")?);
    (buses.0 > 0).then_some(buses)
}

/// Whether these are names of modules; a quoted text can have anything here.
fn is_modules(names: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_name = |name: &str| !name.is_empty() && name.chars().all(plain);
    names.split(", ").all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_of_a_module_is_not_kept() {
        let names = ["nouveau, nvidia_drm", "x", "Status: Cap", "a,b", "a, "];
        assert_eq!(names.map(is_modules), [true, true, false, false, false]);
    }
}
