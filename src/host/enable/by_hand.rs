//! Settings that somebody wrote by hand: they are never edited, so it is shown where they stand.

use std::fmt;

use crate::config::{Request, RequestedSelector};
use crate::machine::{Bus, selected};
use crate::pci::Address;

/// A selector that somebody wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenByHand {
    /// The file, or that it is the kernel command line.
    place: Place,
    /// The selector.
    pub selector: String,
    /// The devices that it takes now.
    pub devices: Vec<Address>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Cmdline,
    File { path: String, line: usize },
}

impl fmt::Display for WrittenByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let selector = &self.selector;
        match &self.place {
            Place::Cmdline => write!(
                f,
                "{selector} is on the kernel command line; remove it there, by the way of your boot loader"
            ),
            Place::File { path, line } => {
                write!(f, "{selector} is in {path}, line {line}; remove it there")
            }
        }
    }
}

/// The selectors in `files`, each with the name of its path below /etc, but those of `own`; and those of the running
/// kernel's command line.
pub fn written_by_hand(
    files: &[(String, Vec<u8>)],
    own: &str,
    cmdline: &[u8],
    bus: &Bus,
) -> Vec<WrittenByHand> {
    let mut found = Vec::new();
    let mut add = |place: Place, asks: &[RequestedSelector]| {
        found.extend(asks.iter().map(|ask| {
            WrittenByHand {
                place: place.clone(),
                selector: ask.text.clone(),
                devices: selected(&ask.selector, bus)
                    .iter()
                    .map(|device| device.address)
                    .collect(),
            }
        }));
    };
    for (name, text) in files {
        let path = format!("/etc/{name}");
        if path == own {
            continue;
        }
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let mut request = Request::default();
            request.add_config(name, line);
            let place = Place::File {
                path: path.clone(),
                line: index + 1,
            };
            add(place, &request.selectors);
        }
    }
    let mut request = Request::default();
    request.add_cmdline(cmdline);
    add(Place::Cmdline, &request.selectors);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_with_its_file_and_line() {
        let files = [
            (
                "vfio-early.conf".to_owned(),
                b"# mine\nids=10de:1200\n".to_vec(),
            ),
            (
                "vfio-early.d/50-enabled.conf".to_owned(),
                b"ids=1:2".to_vec(),
            ),
        ];
        let own = "/etc/vfio-early.d/50-enabled.conf";
        let cmdline = b"quiet vfio-pci.ids=8086:10d3";
        let found = written_by_hand(&files, own, cmdline, &Bus::default());
        let printed: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(printed.len(), 2, "{printed:?}");
        assert!(printed[0].contains("10de:1200 is in /etc/vfio-early.conf, line 2"));
        assert!(printed[1].contains("8086:10d3 is on the kernel command line"));
    }
}
