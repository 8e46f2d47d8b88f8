//! What people call vendors, devices, boards and classes.
//!
//! Source: pci.ids(5), the file of the pciutils and hwdata packages; where the machine has none, classes have the names
//! of `class_names.rs`.

use std::collections::BTreeMap;

use super::class_names::name_of;
use crate::machine::Bus;
use crate::pci::{Class, Device, Id};
use crate::sys::{PCI_IDS, Root, SysPath};

/// What has a name. A code of fewer digits is that of the wider class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Vendor(u16),
    Device(u16, u16),
    Board(u16, u16, u16, u16),
    Class(u8),
    Subclass(u8, u8),
}

/// The names of the functions of one bus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<Key, String>);

impl Names {
    /// Reads the names for `bus` from the system's file below `root`; without one, classes have names and nothing else.
    pub fn read(root: &Root, bus: &Bus) -> Self {
        let mut reader = NamesReader::new(bus);
        for index in 0..PCI_IDS.len() {
            let mut take = |line: &[u8]| reader.take(&String::from_utf8_lossy(line));
            if let Ok(true) = root.lines(SysPath::PciIds(index), &mut take) {
                break;
            }
        }
        reader.names
    }

    /// The name of the class; its number where it has none.
    pub fn class(&self, class: Class) -> String {
        let [_, base, sub, _] = class.0.to_be_bytes();
        let keys = [Key::Subclass(base, sub), Key::Class(base)];
        let named = keys.iter().find_map(|key| self.get(*key));
        match named.or_else(|| name_of(u16::from_be_bytes([base, sub]))) {
            Some(name) => name.to_owned(),
            None => format!("class {class}"),
        }
    }

    /// Vendor and device by name, as far as they have one: "Red Hat, Inc. QEMU NVM Express Controller".
    pub fn device(&self, id: Id) -> Option<String> {
        let vendor = self.get(Key::Vendor(id.vendor))?;
        match self.get(Key::Device(id.vendor, id.device)) {
            Some(device) => Some(format!("{vendor} {device}")),
            None => Some(format!("{vendor} device")),
        }
    }

    /// The board that carries it, as far as it has a name.
    pub fn board(&self, id: Id) -> Option<String> {
        if (id.subvendor, id.subdevice) == (0, 0) {
            return None;
        }
        let maker = self.get(Key::Vendor(id.subvendor))?;
        let key = Key::Board(id.vendor, id.device, id.subvendor, id.subdevice);
        Some(format!("{maker} {}", self.get(key).unwrap_or("board")))
    }

    fn get(&self, key: Key) -> Option<&str> {
        let name = self.0.get(&key).map(String::as_str);
        name.filter(|name| !name.is_empty())
    }
}

/// Goes through the file once and keeps what was wanted.
struct NamesReader {
    /// What is wanted, with its name once that was found.
    names: Names,
    /// The vendor or class whose lines are being read, and the device below it.
    above: Option<Key>,
    device: Option<u16>,
}

impl NamesReader {
    fn new(bus: &Bus) -> Self {
        let keys = |device: &Device| {
            let Id {
                vendor,
                device: number,
                subvendor,
                subdevice,
            } = device.id;
            let [_, base, sub, _] = device.class.0.to_be_bytes();
            [
                Key::Vendor(vendor),
                Key::Device(vendor, number),
                Key::Vendor(subvendor),
                Key::Board(vendor, number, subvendor, subdevice),
                Key::Class(base),
                Key::Subclass(base, sub),
            ]
        };
        let wanted = bus.devices.iter().flat_map(keys);
        Self {
            names: Names(wanted.map(|key| (key, String::new())).collect()),
            above: None,
            device: None,
        }
    }

    /// Takes one line: two tabs before a board, one before a device or subclass, none before a vendor or class.
    fn take(&mut self, line: &str) {
        let line = line.trim_end();
        if let Some(board) = line.strip_prefix("\t\t") {
            self.board(board);
        } else if let Some(part) = line.strip_prefix('\t') {
            self.part(part);
        } else if !line.is_empty() && !line.starts_with('#') {
            self.top(line);
        }
    }

    fn top(&mut self, line: &str) {
        let key = match line.strip_prefix("C ") {
            Some(rest) => code(rest).map(|(code, name)| (Key::Class(code), name)),
            None => code(line).map(|(code, name)| (Key::Vendor(code), name)),
        };
        // Any other section, of which there may be more to come, has no vendor.
        self.above = key.map(|(key, _)| key);
        self.device = None;
        self.keep(key);
    }

    fn part(&mut self, line: &str) {
        self.device = None;
        match self.above {
            Some(Key::Vendor(vendor)) => {
                let found = code(line);
                self.device = found.map(|(device, _)| device);
                self.keep(found.map(|(device, name)| (Key::Device(vendor, device), name)));
            }
            Some(Key::Class(base)) => {
                self.keep(code(line).map(|(sub, name)| (Key::Subclass(base, sub), name)));
            }
            _ => {}
        }
    }

    fn board(&mut self, line: &str) {
        let (Some(Key::Vendor(vendor)), Some(device)) = (self.above, self.device) else {
            return;
        };
        let maker: Option<(u16, &str)> = code(line);
        let found = maker.and_then(|(maker, rest)| Some((maker, code(rest)?)));
        self.keep(
            found.map(|(maker, (board, name))| (Key::Board(vendor, device, maker, board), name)),
        );
    }

    fn keep(&mut self, found: Option<(Key, &str)>) {
        if let Some((key, name)) = found {
            if let Some(wanted) = self.names.0.get_mut(&key) {
                name.clone_into(wanted);
            }
        }
    }
}

/// A hexadecimal number of as many digits as its type has, and the text behind it.
fn code<N: TryFrom<u32>>(line: &str) -> Option<(N, &str)> {
    let (digits, name) = line.split_once(' ')?;
    let whole = digits.len() == 2 * size_of::<N>();
    let number = u32::from_str_radix(digits, 16).ok().filter(|_| whole)?;
    Some((N::try_from(number).ok()?, name.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use proptest::prelude::*;

    const IDS: &str = "# comment\n\n10de  NVIDIA Corporation\n\t1200  GF114\n\t\t1458 3510  GV-N560\n\t1201  Other\n\
                       1458  Gigabyte\nC 03  Display\n\t00  VGA\n\t\t01  8514 controller\nHUT 00  Undefined\n\t00  No\n";

    fn names(text: &str) -> (Names, Device) {
        let machine: Result<Machine, _> = "01:00.0 10de:1200 1458:3510 030000 - -".parse();
        let bus = machine.unwrap().bus;
        let mut reader = NamesReader::new(&bus);
        text.split_inclusive('\n')
            .for_each(|line| reader.take(line));
        (reader.names, bus.devices[0].clone())
    }

    #[test]
    fn the_file_names_vendor_device_board_and_class() {
        let (names, device) = names(IDS);
        assert_eq!(
            names.device(device.id).as_deref(),
            Some("NVIDIA Corporation GF114")
        );
        assert_eq!(names.board(device.id).as_deref(), Some("Gigabyte GV-N560"));
        assert_eq!(names.class(device.class), "VGA");
        assert_eq!(names.class(Class(0x03_8000)), "Display");
    }

    #[test]
    fn without_the_file_classes_have_names_and_an_odd_one_its_number() {
        let (names, device) = names("");
        assert_eq!(
            (names.device(device.id), names.board(device.id)),
            (None, None)
        );
        for (class, wanted) in [
            (0x03_0000, "VGA compatible controller"),
            (0x01_0700, "Serial Attached SCSI controller"),
            (0x01_7700, "Mass storage controller"),
            (0xfe_0000, "class fe0000"),
        ] {
            assert_eq!(names.class(Class(class)), wanted);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "([C ]?[0-9a-f\t ]{0,12}.{0,5}\n){0,9}") {
            let _ = names(&text);
        }
    }
}
