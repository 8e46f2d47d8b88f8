//! What holds of every parser whatever it is given: one function a parser. The property tests and the fuzz targets
//! call the same ones. Those of machines stand in `machines.rs`.

use std::io::Read;

use vfio_early::config::{Request, params};
use vfio_early::host::image::form::sections;
use vfio_early::host::image::kept::{Choice, Keep, kept};
use vfio_early::host::image::reader::ArchiveReader;
use vfio_early::host::import as other;
use vfio_early::machine::{Machine, Modules, ProtectList};
use vfio_early::pci::DriverName;
use vfio_early::plan::Availability;
use vfio_early::report::Report;
use vfio_early::sys::Root;

use crate::index;
pub use crate::machines::{lspci, machine, selectors};
use crate::support::model::{Knobs, Model};
use crate::support::tree::Tree;

/// A function that panics where a law is broken.
pub type Law = fn(&[u8]);

pub const LAWS: [(&str, Law); 11] = [
    ("cmdline", cmdline),
    ("config", config),
    ("selectors", selectors),
    ("modules_dep", modules_dep),
    ("modules_index", modules_index),
    ("machine", machine),
    ("report", report),
    ("protect", protect),
    ("import", import),
    ("lspci", lspci),
    ("image", image),
];

/// The parameters are those of the text, and written anew they are the same.
pub fn cmdline(text: &[u8]) {
    let mut request = Request::default();
    request.add_cmdline(text);
    each_problem_has_a_message(&request);
    let found: Vec<_> = params(text).collect();
    let mut anew = Vec::new();
    for param in &found {
        let value = param.value.unwrap_or_default();
        assert!(param.key.len() + value.len() <= text.len());
        let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'"';
        // Two quotes alone are an empty word.
        if value.contains(&b'"') || param.key.is_empty() || !param.key.iter().all(plain) {
            return;
        }
        anew.extend(param.key);
        if param.value.is_some() {
            anew.extend([b"=\"", value, b"\""].concat());
        }
        anew.push(b' ');
    }
    assert_eq!(params(&anew).collect::<Vec<_>>(), found);
    let mut again = Request::default();
    again.add_cmdline(&[text, b"\n"].concat());
    if !text.ends_with(b"\n") {
        assert_eq!(format!("{again:?}"), format!("{request:?}"));
    }
}

/// Each line stands for itself, whatever ends it, but for a file that is no text: nothing of that counts.
pub fn config(text: &[u8]) {
    let read = |parts: &[&[u8]]| {
        let mut request = Request::default();
        parts
            .iter()
            .for_each(|part| request.add_config("conf", part));
        request
    };
    let request = read(&[text]);
    each_problem_has_a_message(&request);
    if request.forbids_claims().is_some() {
        assert!(!request.names_devices() && request.problems.len() == 1);
        return;
    }
    let shown = format!("{request:?}");
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(format!("{:?}", read(&lines)), shown);
    let ends: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| [line, &b"\r\n# x\n"[..]].concat())
        .collect();
    assert_eq!(format!("{:?}", read(&[&ends.concat()])), shown);
}

/// The modules found are those of the text; an index of its lines gives the same.
pub fn modules_dep(text: &[u8]) {
    let drivers = [DriverName::vfio_pci(), DriverName::pci_stub()];
    let of_text = modules("modules.dep", text.to_vec(), &drivers);
    let lines: Vec<&str> = text
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    for file in &of_text.files {
        let mut words = file.needs.iter().chain([&file.path]);
        assert!(
            lines
                .iter()
                .any(|line| words.all(|word| line.contains(word)))
        );
    }
    if !text.contains(&0) {
        let of_index = modules("modules.dep.bin", index::of(&lines), &drivers);
        for driver in &drivers {
            let module = driver.module();
            assert_eq!(of_index.file(&module), of_text.file(&module), "{module}");
        }
    }
    let machine = Machine {
        modules: of_text,
        ..Machine::default()
    };
    for driver in &drivers {
        if let Availability::Loads(loads) = Availability::of(driver, &machine, &Request::default())
        {
            let mut names: Vec<_> = loads.iter().map(|load| &load.module).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), loads.len(), "a module is loaded once");
        }
    }
}

/// An index without sense has nothing, and a damaged one ends.
pub fn modules_index(bytes: &[u8]) {
    let drivers = [DriverName::vfio_pci(), DriverName::pci_stub()];
    let text: &[&str] = &[
        "a/vfio-pci.ko.xz: a/vfio.ko.xz",
        "a/vfio.ko.xz:",
        "b/pci-stub.ko:",
    ];
    let mut damaged = index::of(text);
    for change in bytes.chunks_exact(3) {
        let at = usize::from(change[0]) * 256 + usize::from(change[1]);
        let length = damaged.len();
        damaged[at % length] = change[2];
    }
    for index in [bytes.to_vec(), damaged] {
        for file in modules("modules.dep.bin", index, &drivers).files {
            assert!(["vfio_pci", "pci_stub", "vfio_iommu_type1"].contains(&file.name().as_str()));
        }
    }
}

fn modules(name: &str, bytes: Vec<u8>, drivers: &[DriverName]) -> Modules {
    let mut tree = Tree::default();
    tree.file(format!("lib/modules/6.1.0/{name}"), bytes);
    Modules::read(
        &Model::new(tree, Knobs::default()).root(),
        "6.1.0",
        drivers,
        &[],
    )
}

/// A report is written as it was read.
pub fn report(json: &[u8]) {
    match Report::parse(json) {
        Ok(report) => assert_eq!(Report::parse(&report.to_json()), Ok(report)),
        Err(error) => assert!(!error.is_empty() && !error.contains('\n'), "{error}"),
    }
}

/// A protect list is printed as it is read, without the lines that are malformed.
pub fn protect(text: &[u8]) {
    let (list, problems) = ProtectList::parse(text);
    let lines = String::from_utf8_lossy(text).lines().count();
    assert!(list.devices.len() + problems.len() <= lines);
    assert_eq!(list.unread, !problems.is_empty());
    let again = ProtectList::parse(list.to_string().as_bytes());
    let unread = false;
    assert_eq!(again, (ProtectList { unread, ..list }, Vec::new()));
}

/// What comes of the settings of other tools is a configuration without a fault.
pub fn import(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let place = other::SettingPlace::File("/etc/x".to_owned());
    let root = Root::at("/nonexistent");
    let files = other::Files::new(&root);
    let mut olds = other::cmdline(bytes);
    olds.extend(other::modprobe(&place, &text, &files));
    olds.extend(other::module_list(&place, &text, true));
    olds.extend(other::bind_list(&place, &text));
    let node = other::ProxmoxNode {
        mapping: &text,
        ..Default::default()
    };
    olds.extend(other::proxmox(&place, &text, &node));
    olds.extend(other::udev(&place, &text, &files));
    olds.extend(other::unit(&place, &text, None, &files));
    olds.extend(other::unraid(&place, &text));
    for caller in [
        other::Caller::Program,
        other::Caller::Mkinitcpio,
        other::Caller::Dracut,
    ] {
        let removal = other::Removal::Script;
        olds.extend(other::script(&place, &text, caller, removal, &files));
    }
    let (name, driver) = text.split_once('\n').unwrap_or((&text, "vfio-pci"));
    olds.push(other::driverctl(&place, name, driver));
    for old in olds {
        let mut request = Request::default();
        request.add_config("conf", old.to_string().as_bytes());
        assert_eq!(request.problems, [], "{old}");
    }
}

/// An image gives the same files in pieces of any size, and of each file no more is kept than there is.
pub fn image(bytes: &[u8]) {
    let all: Choice = |_| Some(Keep::Contents);
    let read = |size: usize| {
        let mut archive = ArchiveReader::new(Pieces { bytes, size });
        let (files, read) = kept(&mut archive, all);
        let error = read.err().map(|error| error.kind());
        (archive.foreign(), archive.is_ended(), error, files)
    };
    let whole = read(bytes.len().max(1));
    for size in [1, 7, 110] {
        assert_eq!(read(size), whole, "{size}");
    }
    let (foreign, _, error, files) = whole;
    assert!(foreign.is_none_or(|at| at < bytes.len() as u64));
    assert!(foreign.is_none() || error.is_none());
    assert!(files.iter().all(|file| file.bytes.len() <= bytes.len()));
    assert!(sections(bytes).len() <= 64);
}

/// Bytes that come at most so many at a time.
struct Pieces<'a> {
    bytes: &'a [u8],
    size: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(self.size);
        self.bytes.read(&mut buffer[..length])
    }
}

fn each_problem_has_a_message(request: &Request) {
    for problem in &request.problems {
        let message = problem.message();
        assert!(message.len() > problem.code().len(), "{message}");
    }
}
