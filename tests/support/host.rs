//! What a host shows of its disks, file systems and networks, as text that a person can read and write.
//!
//! One fact a line, `#` begins a comment. A place is below /sys/devices; `@ADDRESS/...` is below that function.
//!
//! `mount NUMBER POINT KIND SOURCE [OPTIONS]`, `swap PATH`, `resume NUMBER`, `cmdline TEXT`, `btrfs NAME...`, `block
//! NUMBER NAME PLACE [slaves=A,B] [backing=PATH] [mapper=NAME]`, `class CLASS NAME PLACE [below=A,B] [address=TEXT]`,
//! `route INTERFACE TO MASK [METRIC]`, `route6 INTERFACE TO BITS`, `link PATH TARGET`, `file PATH TEXT`, `dir PATH`,
//! `bytes PATH HEX`, `without PATH` (what is below it is gone too); `zpool` takes the lines below it that are
//! indented, and so does `image PATH [PROGRAM]`: each is a file of an archive, NAME TEXT, with `\n` for the end of a
//! line; PROGRAM compresses what comes after a first archive of its own, as microcode has.

use std::net::{Ipv4Addr, Ipv6Addr};

use vfio_early::machine::Machine;

use super::archive::{Archive, through};
use super::model::{Knobs, Model};
use super::tree::{Node, Tree};

const FIRST_LINES: [(&str, &str); 2] = [
    ("proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n"),
    (
        "proc/net/route",
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n",
    ),
];

/// The files of `machine` and those that `text` describes.
pub fn tree(machine: &Machine, text: &str) -> Tree {
    let mut host = Host {
        model: Model::new(Tree::new(machine, ""), Knobs::default()),
        tree: Tree::new(machine, ""),
        image: None,
    };
    for (path, line) in FIRST_LINES {
        host.tree.file(path, line);
    }
    host.tree.file("proc/self/mountinfo", "");
    for line in text.lines() {
        if let Some(line) = line.strip_prefix(' ') {
            match &mut host.image {
                Some((_, _, archive)) => {
                    let (name, text) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
                    archive.file(name, text.replace("\\n", "\n").as_bytes());
                }
                None => host.append("usr/sbin/zpool", &format!("{line}\n")),
            }
        } else if !line.starts_with('#') && !line.is_empty() {
            host.store_image();
            host.fact(&line.split(' ').collect::<Vec<_>>());
        }
    }
    host.store_image();
    host.tree
}

/// The text of a file, with `\n` for the end of a line.
fn text(words: &[&str]) -> String {
    let text = words.join(" ").replace("\\0", "\0");
    text.replace("\\n", "\n") + "\n"
}

struct Host {
    model: Model,
    tree: Tree,
    /// The image whose files are being read: its path, who compresses it.
    image: Option<(String, Option<String>, Archive)>,
}

impl Host {
    fn fact(&mut self, words: &[&str]) {
        match *words {
            ["mount", number, point, kind, source, ref options @ ..] => {
                let options = options.first().copied().unwrap_or("rw");
                let line =
                    format!("25 1 {number} / {point} rw shared:1 - {kind} {source} {options}\n");
                self.append("proc/self/mountinfo", &line);
            }
            ["swap", path] => self.append("proc/swaps", &format!("{path} file 1024 0 -2\n")),
            ["resume", number] => self.tree.file("sys/power/resume", format!("{number}\n")),
            ["cmdline", ..] => self.tree.file("proc/cmdline", words[1..].join(" ") + "\n"),
            ["btrfs", ref names @ ..] => {
                let dir = format!("sys/fs/btrfs/uuid-{}/devices", names[0]);
                names
                    .iter()
                    .for_each(|name| self.tree.dir(format!("{dir}/{name}")));
            }
            ["block", number, name, place, ref rest @ ..] => {
                let dir = self.entry("block", name, place);
                self.tree.file(format!("{dir}/dev"), format!("{number}\n"));
                rest.iter().for_each(|word| self.attribute(&dir, word));
            }
            ["class", class, name, place, ref rest @ ..] => {
                let dir = self.entry(class, name, place);
                rest.iter().for_each(|word| self.attribute(&dir, word));
            }
            ["route", interface, to, mask, ref metric @ ..] => {
                let hex =
                    |text: &str| u32::from_ne_bytes(text.parse::<Ipv4Addr>().unwrap().octets());
                let metric = metric.first().copied().unwrap_or("0");
                let (to, mask) = (hex(to), hex(mask));
                let line = format!(
                    "{interface}\t{to:08X}\t00000000\t0003\t0\t0\t{metric}\t{mask:08X}\t0\t0\t0\n"
                );
                self.append("proc/net/route", &line);
            }
            ["route6", interface, to, bits] => {
                let (to, zero) = (u128::from(to.parse::<Ipv6Addr>().unwrap()), 0);
                let bits: u32 = bits.parse().unwrap();
                let line = format!(
                    "{to:032x} {bits:02x} {zero:032x} 00 {zero:032x} 00000400 1 0 00000001 {interface}\n"
                );
                self.append("proc/net/ipv6_route", &line);
            }
            ["link", path, target] => self.tree.link(path, target),
            ["file", path, ..] => self.tree.file(path, text(&words[2..])),
            ["dir", path] => self.tree.dir(path),
            ["without", path] => self.tree.0.retain(|other, _| !other.starts_with(path)),
            ["bytes", path, hex] => {
                let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
                self.tree.file(path, bytes);
            }
            ["image", path, ref program @ ..] => {
                let program = program.first().map(|name| (*name).to_owned());
                self.image = Some((path.to_owned(), program, Archive::default()));
            }
            ["zpool"] => self.tree.file("usr/sbin/zpool", ""),
            _ => panic!("{words:?} is no fact of a host"),
        }
    }

    fn store_image(&mut self) {
        if let Some((path, program, archive)) = self.image.take() {
            let bytes = match program {
                None => archive.finish(),
                Some(program) => {
                    let mut first = Archive::default();
                    first.file("kernel/x86/microcode/GenuineIntel.bin", b"microcode");
                    [first.finish(), through(&program, &archive.finish())].concat()
                }
            };
            self.tree.file(path, bytes);
        }
    }

    fn append(&mut self, path: &str, line: &str) {
        let mut text = match self.tree.0.get(path.as_ref() as &std::path::Path) {
            Some(Node::File(text)) => text.clone(),
            _ => Vec::new(),
        };
        text.extend(line.bytes());
        self.tree.file(path, text);
    }

    /// Makes the directory of a device and the link to it; returns the directory.
    fn entry(&mut self, class: &str, name: &str, place: &str) -> String {
        let place = match place
            .strip_prefix('@')
            .map(|place| place.split_once('/').unwrap())
        {
            Some((address, rest)) => {
                let link = format!("sys/bus/pci/devices/{address}");
                let kernel = self.model.0.borrow();
                let dir = kernel.resolve(link.as_ref(), true).unwrap();
                format!("{}/{rest}", dir.strip_prefix("sys").unwrap().display())
            }
            None => format!("devices/{place}"),
        };
        self.tree.dir(format!("sys/{place}"));
        self.tree.link(
            format!("sys/class/{class}/{name}"),
            format!("../../{place}"),
        );
        format!("sys/{place}")
    }

    fn attribute(&mut self, dir: &str, word: &str) {
        let (key, value) = word.split_once('=').unwrap();
        match key {
            "slaves" => value
                .split(',')
                .for_each(|name| self.tree.dir(format!("{dir}/slaves/{name}"))),
            "below" => value
                .split(',')
                .for_each(|name| self.tree.dir(format!("{dir}/{name}"))),
            "backing" => self
                .tree
                .file(format!("{dir}/loop/backing_file"), format!("{value}\n")),
            "mapper" => self
                .tree
                .file(format!("{dir}/dm/name"), format!("{value}\n")),
            _ => self.tree.file(format!("{dir}/{key}"), format!("{value}\n")),
        }
    }
}
