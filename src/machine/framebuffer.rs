//! The boot framebuffer: the memory of a display that the firmware lit, on which the kernel draws until a driver
//! comes.
//!
//! Source: Linux's drivers/firmware/sysfb.c, which makes one platform device for it, and its drivers, each of which
//! names its memory.

use std::fmt;
use std::str::FromStr;

use super::bus::Bus;
use crate::malformed::Malformed;
use crate::pci::{Address, DriverName};
use crate::sys::{Result, Root, SysPath};

/// How the memory is called in /proc/iomem: by the platform device itself (`BOOTFB`) or by its driver.
const MEMORY: [&str; 7] = [
    "BOOTFB",
    "efidrm",
    "efifb",
    "simpledrm",
    "simplefb",
    "vesadrm",
    "vesafb",
];

/// What the kernel draws on while no driver of the display has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framebuffer {
    /// The platform device: `efi-framebuffer.0`.
    pub name: String,
    /// The platform driver that draws: `efi-framebuffer`.
    pub driver: Option<DriverName>,
    /// The display in whose memory it lies.
    pub display: Address,
}

impl Framebuffer {
    /// Reads which display has the boot framebuffer, if there is one.
    pub(crate) fn read(root: &Root) -> Result<Option<Self>> {
        let names = root.list(SysPath::PlatformDevices)?;
        let Some(name) = names.into_iter().find(|name| is_framebuffer(name)) else {
            return Ok(None);
        };
        let driver = root.link(SysPath::PlatformFile(&name, "driver"))?;
        let memory = root.read(SysPath::Memory)?.unwrap_or_default();
        let display = match display_in(&String::from_utf8_lossy(&memory)) {
            None => above(root, &name)?,
            display => display,
        };
        Ok(display.map(|display| Self {
            name,
            driver: driver.and_then(|target| target.rsplit('/').next()?.parse().ok()),
            display,
        }))
    }

    /// Marks the display of `bus` that the firmware booted on. The arbiter behind `boot_vga` knows VGA controllers only, and
    /// where the firmware booted on another display it makes do with one of them.
    pub(crate) fn mark(&self, bus: &mut Bus) {
        for device in &mut bus.devices {
            if device.address == self.display {
                device.boot_display = Some(true);
            } else if device.boot_display == Some(true) {
                device.boot_display = Some(false);
            }
        }
    }

    /// Whether its memory is in use, so that the display's cannot be mapped.
    ///
    /// An error where the kernel does not show it.
    pub fn is_held(&self, root: &Root) -> Result<bool> {
        let text = root.whole(SysPath::Memory)?;
        Ok(display_in(&String::from_utf8_lossy(&text)) == Some(self.display))
    }

    /// Whether its memory stays taken when its driver has gone: it is the platform device's own.
    pub fn outlives_its_driver(&self) -> bool {
        self.name.starts_with("simple-framebuffer.")
    }
}

/// `efi-framebuffer.0`, `simple-framebuffer.0` and their like.
fn is_framebuffer(name: &str) -> bool {
    name.split_once('.')
        .is_some_and(|(stem, _)| stem.ends_with("-framebuffer"))
}

/// The display above the platform device in the device tree, where it is since 6.12.
fn above(root: &Root, name: &str) -> Result<Option<Address>> {
    let target = root.link(SysPath::PlatformDevice(name))?;
    Ok(target.and_then(|target| target.rsplit('/').nth(1)?.parse().ok()))
}

/// The PCI function in whose memory a boot framebuffer lies. What lies within stands below, indented; of two that are the
/// same the kernel puts either first.
fn display_in(iomem: &str) -> Option<Address> {
    let mut above: Vec<(usize, Option<Address>)> = Vec::new();
    for line in iomem.lines() {
        let indent = line.len() - line.trim_start().len();
        let (_, name) = line.split_once(" : ")?;
        above.retain(|(other, _)| *other < indent);
        let function = name.parse::<Address>().ok();
        let is_memory = MEMORY.contains(&name);
        match (function, above.last()) {
            (Some(display), Some((_, None))) => return Some(display),
            (None, Some((_, Some(display)))) if is_memory => return Some(*display),
            _ => {}
        }
        // Other things between the two, a bridge's window for one, are passed over.
        if function.is_some() || is_memory {
            above.push((indent, function));
        }
    }
    None
}

/// As in the machine table: the platform device, its driver or `-`, the display.
impl FromStr for Framebuffer {
    type Err = Malformed;

    fn from_str(text: &str) -> std::result::Result<Self, Malformed> {
        let wanted = "a platform device, its driver or -, and the address of a display";
        match text.split_whitespace().collect::<Vec<_>>().as_slice() {
            [name, driver, display] => Ok(Self {
                name: (*name).to_owned(),
                driver: Some(*driver)
                    .filter(|driver| *driver != "-")
                    .map(DriverName::from_word)
                    .transpose()?,
                display: display.parse()?,
            }),
            _ => Err(Malformed::new(text, wanted)),
        }
    }
}

impl fmt::Display for Framebuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let driver = self.driver.as_ref().map(DriverName::to_word);
        let driver = driver.as_deref().unwrap_or("-");
        write!(f, "{} {driver} {}", self.name, self.display)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(iomem: &str) -> Option<String> {
        display_in(iomem).map(|display| display.to_string())
    }

    #[test]
    fn the_display_is_the_function_in_whose_memory_a_framebuffer_lies() {
        let efi = "\
c0000000-febfffff : PCI Bus 0000:00
  c0000000-c0ffffff : 0000:00:05.0
    c0000000-c03e7fff : efifb
  c1001000-c1001fff : 0000:00:06.0
";
        assert_eq!(found(efi).as_deref(), Some("0000:00:05.0"));
        assert_eq!(found(&efi.replace("efifb", "bochs-drm")), None);
        let simple = "\
  fd000000-fdffffff : 0000:00:02.0
    fd000000-fd2fffff : BOOTFB
      fd000000-fd2fffff : simpledrm
";
        assert_eq!(found(simple).as_deref(), Some("0000:00:02.0"));
    }

    #[test]
    fn a_framebuffer_as_large_as_the_memory_may_stand_above_it() {
        let text =
            "  fd000000-fdffffff : BOOTFB\n    fd000000-fdffffff : 0000:00:02.0\n  fe0-fe1 : x\n";
        assert_eq!(found(text).as_deref(), Some("0000:00:02.0"));
    }

    #[test]
    fn a_framebuffer_in_no_functions_memory_belongs_to_no_function() {
        let text = "  fd000000-fdffffff : 0000:00:02.0\n  fe000000-fe2fffff : efifb\n";
        assert_eq!(found(text), None);
        assert_eq!(found("garbage\n"), None);
    }
}
