//! `vfio-early export` of the machine in `tests/export`: what it prints in each format is the file of that name.
//!
//! `UPDATE=1 cargo test --test export` writes them anew; read the difference before you commit it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::folders::Differences;

/// The file with what is printed, and the arguments.
const FORMATS: [(&str, &[&str]); 6] = [
    ("qemu", &["qemu"]),
    ("qemu-bios", &["qemu", "--bios", "class:display+functions"]),
    ("qemu-part", &["qemu", "01:00.1", "1b36:0010@00:04.2"]),
    ("libvirt", &["libvirt"]),
    ("kubevirt", &["kubevirt"]),
    ("nfd", &["nfd"]),
];

fn dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export")
}

/// Standard output, standard error and exit status.
fn export(arguments: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
        .args(["export", "--machine"])
        .arg(dir().join("machine"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (text(output.stdout), text(output.stderr), status)
}

#[test]
fn every_format_prints_what_its_file_has() {
    let mut differences = Differences::default();
    for (name, arguments) in FORMATS {
        let (seen, stderr, status) = export(arguments);
        assert_eq!((stderr.as_str(), status), ("", 0), "{name}");
        differences.compare(&dir().join(name), &seen);
    }
    differences.assert_none();
}

/// Whether libvirt's own program accepts a domain with these devices.
fn validate(devices: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let head = "<domain type='kvm'><name>guest</name><memory>65536</memory><os><type machine='q35'>hvm</type></os><devices>";
    fs::write(file.path(), format!("{head}{devices}</devices></domain>")).unwrap();
    let output = Command::new("virt-xml-validate")
        .arg(file.path())
        .arg("domain")
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("virt-xml-validate: {error}; install libvirt-clients and libxml2-utils, or run tests/setup")
    });
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn libvirts_schema_takes_the_devices() {
    let (devices, ..) = export(&["libvirt"]);
    assert_eq!(validate(&devices), Ok(()));
    // With the copy of a ROM, as the cases have it.
    let expected = dir().with_file_name("cases/355-preparation-in-every-output/expected");
    let expected = fs::read_to_string(expected).unwrap();
    let part = expected.split("$ export libvirt\n").nth(1).unwrap();
    let with_rom = part.split("exit ").next().unwrap();
    assert!(with_rom.contains("<rom file='/run/vfio-early/rom/"));
    assert_eq!(validate(with_rom), Ok(()));
    let wrong = devices.replace("managed='no'", "managed='never'");
    assert!(validate(&wrong).is_err());
}

#[test]
fn a_list_that_is_not_whole_is_not_printed() {
    for (arguments, wanted, status) in [
        (
            ["qemu", "09:00.0"],
            "export: 09:00.0 matches no device of this machine; nothing is printed",
            2,
        ),
        (
            ["qemu", "00:01.0"],
            "export: what is selected is bridges, which nobody can have; nothing is printed",
            2,
        ),
        (
            ["qemu", "09:00.9"],
            "export 09:00.9: \"9\" is not a function number from 0 to 7, or *",
            1,
        ),
        (
            ["xen", "01:00.0"],
            "export: \"xen\" is not qemu, libvirt, kubevirt or nfd",
            1,
        ),
    ] {
        let (seen, stderr, left) = export(&arguments);
        assert_eq!((seen.as_str(), left), ("", status), "{arguments:?}");
        assert_eq!(stderr, format!("vfio-early: {wanted}\n"), "{arguments:?}");
    }
}

#[test]
fn without_a_device_on_a_vfio_driver_there_is_nothing_to_print() {
    let table = fs::read_to_string(dir().join("machine")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        &file,
        table.replace("vfio-pci", "-").replace("mlx5_vfio_pci", "-"),
    )
    .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_vfio-early"))
        .args(["export", "nfd", "--machine"])
        .arg(file.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let wanted = "vfio-early: export: no device is on a VFIO driver; nothing is printed\n";
    assert_eq!((stderr.as_str(), output.status.code()), (wanted, Some(2)));
}
