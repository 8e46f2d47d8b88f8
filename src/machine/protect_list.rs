//! The protect list: the devices that the machine cannot boot without, as the image carries it.
//!
//! Source: the format below, which is ours; `vfio-early protect` writes it.
//!
//! A line a device: path, `vendor:device:subvendor:subdevice`, class, serial number or `-`, and behind them, separated
//! by commas, what needs the device: `/`, `/boot`, `swap`, `network /`. `#` begins a line of comment.

use std::fmt;
use std::str::FromStr;

use crate::config::Problem;
use crate::malformed::Malformed;
use crate::pci::{Class, DevicePath, Id, SerialNumber, pair};

/// A device that the machine needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protected {
    /// The walk to it.
    pub path: DevicePath,
    /// What it was when the list was made.
    pub id: Id,
    /// What it is for.
    pub class: Class,
    /// Its serial number, where it has one.
    pub serial: Option<SerialNumber>,
    /// What needs it: mount points, `swap`, `resume`, `network /`; at least one.
    pub reasons: Vec<String>,
}

/// The devices that the machine needs, and what is wrong with the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProtectList {
    /// The devices.
    pub devices: Vec<Protected>,
    /// Lines of comment: what could not be known. They are written, and passed over when read.
    pub remarks: Vec<String>,
    /// Whether there is a list that could not be read, or not in full: any disk may be on it.
    pub unread: bool,
}

impl ProtectList {
    /// Reads a list. A line that makes no sense may name any device: the list counts as one that could not be read, and the
    /// other lines stand.
    pub fn parse(text: &[u8]) -> (Self, Vec<Problem>) {
        let (mut list, mut problems) = (Self::default(), Vec::new());
        for (index, line) in String::from_utf8_lossy(text).lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.parse() {
                Ok(device) => list.devices.push(device),
                Err(why) => {
                    list.unread = true;
                    problems.push(Problem::MalformedProtectLine {
                        line: index + 1,
                        why,
                    });
                }
            }
        }
        (list, problems)
    }
}

impl fmt::Display for ProtectList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("# what this machine needs to boot: vfio-early claims none of these\n")?;
        for remark in &self.remarks {
            let remark: String = remark
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            writeln!(f, "# {remark}")?;
        }
        self.devices
            .iter()
            .try_for_each(|device| writeln!(f, "{device}"))
    }
}

impl fmt::Display for Protected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Id {
            subvendor,
            subdevice,
            ..
        } = self.id;
        write!(
            f,
            "{} {}:{subvendor:04x}:{subdevice:04x} {} ",
            self.path, self.id, self.class
        )?;
        match self.serial {
            Some(serial) => write!(f, "{serial}")?,
            None => f.write_str("-")?,
        }
        for (index, reason) in self.reasons.iter().enumerate() {
            let before = if index == 0 { ' ' } else { ',' };
            write!(f, "{before}{}", escaped(reason))?;
        }
        Ok(())
    }
}

impl FromStr for Protected {
    type Err = Malformed;

    fn from_str(line: &str) -> Result<Self, Malformed> {
        let mut rest = line.trim();
        let mut next = |wanted| match rest.split_once(char::is_whitespace) {
            Some((word, behind)) => {
                rest = behind.trim_start();
                Ok(word)
            }
            None => Err(Malformed::new(line, wanted)),
        };
        let path = next("a line with a path")?.parse()?;
        let id = ids(next("a line with ids")?)?;
        let class = next("a line with a class")?.parse()?;
        let serial = match next("a line with a serial number or -")? {
            "-" => None,
            serial => Some(serial.parse()?),
        };
        let reasons: Vec<String> = rest
            .split(',')
            .map(str::trim)
            .filter(|reason| !reason.is_empty())
            .map(plain)
            .collect();
        if reasons.is_empty() {
            return Err(Malformed::new(line, "a line with what needs the device"));
        }
        Ok(Self {
            path,
            id,
            class,
            serial,
            reasons,
        })
    }
}

/// Reads `vendor:device:subvendor:subdevice`.
fn ids(text: &str) -> Result<Id, Malformed> {
    let wanted = "ids like 1b36:0010:1af4:1100";
    let colon = text.match_indices(':').nth(1);
    let (first, second) = colon
        .and_then(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)))
        .ok_or_else(|| Malformed::new(text, wanted))?;
    let ((vendor, device), (subvendor, subdevice)) = (pair(first)?, pair(second)?);
    Ok(Id {
        vendor,
        device,
        subvendor,
        subdevice,
    })
}

/// Writes what would end a reason, a field or the line as the kernel does in /proc/mounts: `\054` for a comma.
fn escaped(reason: &str) -> String {
    let mut text = String::new();
    for (index, c) in reason.char_indices() {
        let at_edge = index == 0 || index + c.len_utf8() == reason.len();
        if matches!(c, ',' | '\\') || c.is_control() || c.is_whitespace() && (c != ' ' || at_edge) {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                text.push_str(&format!("\\{byte:03o}"));
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// Undoes [`escaped`], and what the kernel does in its tables.
pub fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = behind
            .get(..3)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(b'\\');
                rest = behind;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIST: &str = "\
# what this machine needs to boot: vfio-early claims none of these
0000:00:1d.0/00.0 144d:a808:144d:a801 010802 00-25-38-81-01-23-45-67 /,/boot/efi,swap
0000:00:1f.2 8086:2922:1af4:1100 010601 - /var,resume
10000:e0:06.0/00.0 8086:0a54:8086:4702 010802 - network /
";

    fn with_reasons(reasons: Vec<String>) -> Protected {
        let (list, _) = ProtectList::parse(LIST.as_bytes());
        Protected {
            reasons,
            ..list.devices[0].clone()
        }
    }

    proptest! {
        #[test]
        fn a_line_survives_printing_and_reading(reasons in prop::collection::vec("(?s).+", 1..4)) {
            let device = with_reasons(reasons);
            prop_assert_eq!(device.to_string().parse::<Protected>(), Ok(device));
        }

        #[test]
        fn no_text_makes_the_list_parser_panic(text: Vec<u8>) {
            let _ = ProtectList::parse(&text);
        }

        #[test]
        fn no_line_made_of_fields_makes_the_parser_panic(text in "[0-9a-f:./# \\\\,é-]*") {
            let _ = text.parse::<Protected>();
        }
    }

    #[test]
    fn a_list_survives_reading_and_printing() {
        let (list, problems) = ProtectList::parse(LIST.as_bytes());
        assert_eq!((list.to_string().as_str(), problems), (LIST, vec![]));
        assert_eq!(list.devices[0].reasons, ["/", "/boot/efi", "swap"]);
    }

    #[test]
    fn a_line_that_makes_no_sense_may_name_any_device_and_the_others_stand() {
        let text = LIST.replace("8086:2922:1af4:1100", "8086:2922");
        let (list, problems) = ProtectList::parse(text.as_bytes());
        assert_eq!((list.devices.len(), list.unread), (2, true));
        let facts: Vec<String> = problems.iter().map(Problem::fact).collect();
        let wanted = "vfio-early.protect, line 3: \"8086:2922\" is not ids like 1b36:0010:1af4:1100; it may name \
                      any device, so every storage controller stays with the host, and every network card where the boot \
                      needs the network";
        assert_eq!(facts, [wanted]);
    }

    #[test]
    fn what_would_break_a_line_is_escaped() {
        let device = with_reasons(vec!["/a,b\n".into(), " \\".into()]);
        assert!(
            device.to_string().ends_with(" /a\\054b\\012,\\040\\134"),
            "{device}"
        );
    }

    #[test]
    fn a_device_that_nothing_needs_is_no_line() {
        assert!(
            "0000:00:1f.2 8086:2922:1af4:1100 010601 - ,"
                .parse::<Protected>()
                .is_err()
        );
        assert!(
            "0000:00:1f.2 8086:2922:1af4:1100 010601 -"
                .parse::<Protected>()
                .is_err()
        );
    }
}
