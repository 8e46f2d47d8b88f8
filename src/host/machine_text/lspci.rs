//! A machine from the saved output of `lspci -nnvvk`, with or without `-D`: what people paste into bug reports.
//!
//! Source: `show_verbose()` and what it calls in lspci.c and ls-kernel.c of pciutils 3.9 and 3.13. What the text does
//! not tell is unknown, never guessed: a path needs every bridge on the way, a root bus needs the whole machine.

use crate::machine::{Machine, Unknown};
use crate::malformed::{Malformed, hex};
use crate::pci::{Address, Class, Details, Device, DevicePath, HeaderType, Id, pair};

/// One function of the text.
#[derive(Debug)]
struct Function {
    device: Device,
    details: Details,
    /// The buses behind it, the first and the last.
    behind: Option<(u8, u8)>,
}

/// What the whole text shows to have been printed.
#[derive(Debug, Default)]
struct Seen {
    verbose: bool,
    drivers: bool,
    groups: bool,
}

/// Bridges behind bridges; a text that says more goes in circles.
const DEEPEST: usize = 64;

/// Whether a text is lspci's: a line begins with an address, its class and a colon.
pub(super) fn is_lspci(text: &str) -> bool {
    text.lines().any(|line| head(line).is_some())
}

/// Reads the output of `lspci -nnvvk`. Quote marks and indentation in front of its lines do not matter.
///
/// Errors where numbers are missing (`-nn`), details are missing (`-vv`) or a device comes twice.
pub(super) fn parse(text: &str) -> Result<Machine, Malformed> {
    let mut functions: Vec<Function> = Vec::new();
    let mut seen = Seen::default();
    for line in text.lines() {
        match (head(line), functions.last_mut()) {
            (Some((address, class, rest)), _) => {
                functions.push(Function::new(address, class, rest)?)
            }
            (None, Some(function)) => function.take(bare(line), &mut seen)?,
            (None, None) => {}
        }
    }
    if !seen.verbose {
        let given = functions
            .first()
            .map_or_else(String::new, |function| function.device.address.to_string());
        return Err(Malformed::new(&given, "a device with its details (-vv)"));
    }
    functions.sort_by_key(|function| function.device.address);
    let mut pairs = functions.iter().zip(functions.iter().skip(1));
    if let Some((twin, _)) = pairs.find(|(one, next)| one.device.address == next.device.address) {
        return Err(Malformed::new(
            &twin.device.address.to_string(),
            "a device that comes once, as in the text of one machine",
        ));
    }
    let paths: Vec<_> = functions
        .iter()
        .map(|function| path(&functions, function.device.address, DEEPEST))
        .collect();
    let mut machine = Machine {
        unknown: Unknown {
            iommu: true,
            groups: !seen.groups,
            drivers: !seen.drivers,
            modules: true,
            boot_display: true,
            resets: true,
        },
        ..Machine::default()
    };
    machine.bus.devices = functions
        .into_iter()
        .zip(paths)
        .map(|(function, path)| function.finish(path))
        .collect();
    Ok(machine)
}

/// A line without what a forum or a mail puts in front of it.
fn bare(line: &str) -> &str {
    line.trim_start_matches(['>', '|', ' ', '\t']).trim_end()
}

/// The address, class and rest of the first line of a function: `01:00.0 VGA compatible controller [0300]: ...`.
fn head(line: &str) -> Option<(Address, &str, &str)> {
    let (address, rest) = bare(line).split_once(' ')?;
    let (class, rest) = rest.split_once(": ")?;
    Some((address.parse().ok()?, class, rest))
}

/// The last pair of ids in brackets.
fn ids(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.rsplit('[');
    parts.find_map(|part| pair(part.split_once(']')?.0).ok())
}

/// The number behind `word`, as far as it goes.
fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.split_once(word)?.1;
    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .next()
}

impl Function {
    fn new(address: Address, class: &str, rest: &str) -> Result<Self, Malformed> {
        let wanted = "a line with its numbers in brackets (-nn)";
        let missing = || Malformed::new(&format!("{address} {class}: {rest}"), wanted);
        let code = class
            .rsplit('[')
            .next()
            .and_then(|code| code.strip_suffix(']'));
        let code = code.filter(|code| code.len() == 4).ok_or_else(missing)?;
        let (vendor, device) = ids(rest).ok_or_else(missing)?;
        // lspci leaves an interface out that is 00 and has no name.
        let interface = after(rest, "(prog-if ").unwrap_or("00");
        let class = Class(hex(code, 4, wanted)? << 8 | hex(interface, 2, wanted)?);
        let id = Id {
            vendor,
            device,
            subvendor: 0,
            subdevice: 0,
        };
        Ok(Self {
            device: Device::new(address, id, class),
            details: Details::default(),
            behind: None,
        })
    }

    /// Takes a line below the first.
    fn take(&mut self, line: &str, seen: &mut Seen) -> Result<(), Malformed> {
        let (word, rest) = line.split_once(':').unwrap_or((line, ""));
        let rest = rest.trim();
        match word {
            "Control" | "Flags" => seen.verbose = true,
            "Subsystem" => self.subsystem(rest),
            "Kernel driver in use" => {
                seen.drivers = true;
                self.device.driver = Some(rest.parse()?);
            }
            "Kernel modules" => {
                seen.drivers = true;
                self.details.modules = modules(rest).then(|| rest.into());
            }
            "IOMMU group" => {
                seen.groups = true;
                self.device.group = Some(rest.parse()?);
            }
            "NUMA node" => self.details.numa_node = rest.parse().ok(),
            "Bus" => {
                self.device.header = Some(HeaderType::PciBridge);
                self.behind = buses(rest);
            }
            "Capabilities" => self.capability(rest)?,
            "Initial VFs" => {
                let count = after(rest, "Number of VFs: ").and_then(|count| count.parse().ok());
                self.device.virtual_functions = count.unwrap_or(0);
            }
            _ => {}
        }
        Ok(())
    }

    fn capability(&mut self, text: &str) -> Result<(), Malformed> {
        let text = text.split_once("] ").map_or(text, |(_, text)| text);
        if let Some(number) = text.strip_prefix("Device Serial Number ") {
            self.device.serial = Some(number.trim().parse()?);
        } else if let Some(rest) = text.strip_prefix("Subsystem:") {
            self.subsystem(rest);
        }
        Ok(())
    }

    fn subsystem(&mut self, text: &str) {
        if let Some((subvendor, subdevice)) = ids(text) {
            self.device.id.subvendor = subvendor;
            self.device.id.subdevice = subdevice;
        }
    }

    fn finish(self, path: Option<DevicePath>) -> Device {
        Device {
            path,
            details: self.details.known(),
            ..self.device
        }
    }
}

/// `primary=00, secondary=01, subordinate=02, sec-latency=0`; nothing behind a bridge that was not set up.
fn buses(text: &str) -> Option<(u8, u8)> {
    let bus = |word| u8::from_str_radix(after(text, word)?, 16).ok();
    let buses = (bus("secondary=")?, bus("subordinate=")?);
    (buses.0 > 0).then_some(buses)
}

/// The path of the function at `address`, where every bridge on the way is in the text.
fn path(functions: &[Function], address: Address, depth: usize) -> Option<DevicePath> {
    let near = |function: &&Function| function.device.address.domain == address.domain;
    let bridges = || {
        let near = functions.iter().filter(near);
        near.filter_map(|function| Some((function.device.address, function.behind?)))
    };
    if let Some((bridge, _)) = bridges().find(|(_, (first, _))| *first == address.bus) {
        let above = path(functions, bridge, depth.checked_sub(1)?)?;
        return Some(above.behind(address));
    }
    // Within the range of a bridge that does not lead there: another one is missing, or it is a virtual function's bus.
    let lost = bridges().any(|(_, (first, last))| (first..=last).contains(&address.bus));
    let origin = |function: &Function| {
        let Address {
            domain,
            bus,
            device,
            function,
        } = function.device.address;
        (domain, bus, device, function) == (0, 0, 0, 0)
    };
    let is_root = address.bus == 0 || (!lost && functions.iter().any(origin));
    is_root.then(|| DevicePath::at_root(address))
}

/// Whether these are names of modules; a quoted text can have anything here.
fn modules(names: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    let is_name = |name: &str| !name.is_empty() && name.chars().all(plain);
    names.split(", ").all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PORT: &str = "PCI bridge [0604]: Red Hat, Inc. Root port [1b36:000c]\n\tControl: I/O+\n";

    /// The path of the last device of a text.
    fn last_path(text: &str) -> String {
        let machine = parse(text).unwrap();
        let path = machine.bus.devices.last().unwrap().path.as_ref();
        path.map_or_else(|| "-".to_owned(), ToString::to_string)
    }

    #[test]
    fn a_path_is_known_where_every_bridge_on_the_way_is() {
        let port = |address: &str, buses: &str| {
            format!("{address} {PORT}\tBus: primary=00, {buses}, sec-latency=0\n")
        };
        let disk = |address: &str| {
            format!("{address} Disk [0108]: X [1b36:0010] (prog-if 02 [NVM Express])\n")
        };
        let first = port("00:00.0", "secondary=00, subordinate=00");
        let one = port("00:01.0", "secondary=01, subordinate=03");
        let two = port("01:00.0", "secondary=02, subordinate=02");
        for (text, wanted) in [
            (
                format!("{one}{two}{}", disk("02:00.0")),
                "0000:00:01.0/00.0/00.0",
            ),
            (format!("{one}{}", disk("02:00.0")), "-"),
            (format!("{first}{one}{}", disk("03:10.0")), "-"),
            (format!("{one}{}", disk("20:00.0")), "-"),
            (format!("{first}{one}{}", disk("20:00.0")), "0000:20:00.0"),
            (
                format!("{first}{one}{}", disk("10000:e1:00.0")),
                "10000:e1:00.0",
            ),
            (port("05:00.0", "secondary=05, subordinate=05"), "-"),
        ] {
            assert_eq!(last_path(&text), wanted, "{text}");
        }
    }

    #[test]
    fn the_last_pair_in_brackets_is_the_id_and_no_group_or_driver_is_unknown() {
        let text = "01:00.0 VGA compatible controller [0300]: NVIDIA GF114 [GeForce GTX 560 Ti] [10de:1200] (rev a1) \
                    (prog-if 00 [VGA controller])\r\n\tSubsystem: Gigabyte [1458:3510]\r\n\tFlags: bus master\r\n";
        let machine = parse(text).unwrap();
        let device = &machine.bus.devices[0];
        assert_eq!(
            (device.id.to_string(), device.class),
            ("10de:1200".to_owned(), Class(0x03_0000))
        );
        assert_eq!((device.id.subvendor, device.id.subdevice), (0x1458, 0x3510));
        assert!(machine.unknown.groups && machine.unknown.drivers);
    }

    #[test]
    fn what_is_no_name_of_a_module_is_not_kept() {
        let names = ["nouveau, nvidia_drm", "x", "Status: Cap", "a,b", "a, "];
        assert_eq!(names.map(modules), [true, true, false, false, false]);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(0[01]:00\\.[0-7] (C \\[0604\\]: D \\[1b36:000c\\]|.{0,9})\n(\t.{0,5}|\tBus: .{0,4}secondary=0[0-2], subordinate=0[0-9a-f]|\tControl: x)?\n){0,6}") {
            let _ = parse(&text);
        }
    }
}
