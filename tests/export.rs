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
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::folders::Differences;

/// The file with what is printed, and the arguments.
const FORMATS: [(&str, &[&str]); 11] = [
    ("qemu", &["qemu"]),
    ("qemu-bios", &["qemu", "--bios", "class:display+functions"]),
    ("qemu-part", &["qemu", "01:00.1", "1b36:0010@00:04.2"]),
    ("qemu-iommufd", &["qemu", "--iommufd", "--bios"]),
    ("libvirt", &["libvirt"]),
    ("libvirt-managed", &["libvirt", "--managed", "class:nvme"]),
    ("proxmox", &["proxmox"]),
    (
        "proxmox-part",
        &["proxmox", "--guest", "100", "class:display", "01:00.1"],
    ),
    ("incus", &["incus", "--guest", "win11"]),
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
    let (managed, ..) = export(&["libvirt", "--managed"]);
    assert_eq!(managed, devices.replace("managed='no'", "managed='yes'"));
    assert_eq!(validate(&managed), Ok(()));
    let wrong = devices.replace("managed='no'", "managed='never'");
    assert!(validate(&wrong).is_err());
}

/// What QEMU prints about these arguments.
fn qemu(arguments: &[&str]) -> String {
    let child = Command::new("qemu-system-x86_64")
        .args(["-machine", "q35", "-nodefaults", "-display", "none"])
        .args(["-monitor", "stdio", "-S"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| {
        panic!("qemu-system-x86_64: {error}; install qemu-system-x86, or run tests/setup")
    });
    let _ = child.stdin.take().unwrap().write_all(b"quit\n");
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

#[test]
fn qemu_takes_the_arguments_up_to_a_device_that_is_not_there() {
    let text = fs::read_to_string(dir().join("qemu-bios")).unwrap();
    // No host has these.
    let text = text.replace("host=0000:", "host=fff7:");
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "\\")
        .collect();
    let pairs: Vec<&[&str]> = words.chunks(2).collect();
    let (ports, devices): (Vec<&[&str]>, Vec<&[&str]>) = pairs
        .into_iter()
        .partition(|pair| pair[1].starts_with("pcie-root-port,"));
    assert_eq!((ports.len(), devices.len()), (2, 3));
    let ports = ports.concat();
    assert_eq!(qemu(&ports), "");
    for device in devices {
        let said = qemu(&[&ports, device].concat());
        assert!(said.contains("no such host device"), "{device:?}: {said}");
    }
}

#[test]
fn promtool_takes_the_metrics() {
    let dir = dir().with_file_name("cases/870-export-for-prometheus");
    let printed = fs::read_to_string(dir.join("expected")).unwrap();
    let metrics = printed.split_once("$ export prometheus\n").unwrap().1;
    let metrics = metrics.split_once("exit 0\n").unwrap().0;
    assert!(metrics.contains("vfio_early_claim_refused{code=\"boot-disk\"} 1\n"));
    assert_eq!(promtool(metrics), (String::new(), 0));
    let without_help = metrics.replace("# HELP vfio_early_up ", "# vfio_early_up ");
    assert_ne!(promtool(&without_help), (String::new(), 0));
    assert_ne!(promtool("vfio_early_up{code=\"a\"b\"} 1\n").1, 0);
}

/// What Prometheus' own program has against `metrics`, and its exit status.
fn promtool(metrics: &str) -> (String, i32) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), metrics).unwrap();
    let output = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(fs::File::open(file.path()).unwrap())
        .output();
    let output = output.unwrap_or_else(|error| {
        panic!("promtool: {error}; install prometheus, or run tests/setup")
    });
    let said = String::from_utf8(output.stderr).unwrap();
    (said, output.status.code().unwrap())
}

/// Whether the words after `qm set VMID` are in the form that qm(1) gives for `hostpci[n]`.
fn is_hostpci(words: &[&str]) -> bool {
    let hexadecimal = |text: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let is_address = |text: &str| {
        let (place, function) = text.split_once('.').unwrap_or((text, "0"));
        let parts: Vec<&str> = place.split(':').collect();
        hexadecimal(function, 1..=1)
            && matches!(parts.as_slice(), [domain, bus, device]
                if hexadecimal(domain, 4..=8) && hexadecimal(bus, 2..=2) && hexadecimal(device, 2..=2))
    };
    let is_option = |text: &str| match text.split_once('=') {
        Some(("pcie" | "x-vga" | "rombar", value)) => matches!(value, "0" | "1"),
        Some(("romfile", value)) => !value.is_empty() && !value.contains([';', '/']),
        _ => false,
    };
    let [option, value] = words else {
        return false;
    };
    let number = option
        .strip_prefix("-hostpci")
        .and_then(|text| text.parse().ok());
    let quoted = value.starts_with('\'') && value.ends_with('\'');
    let mut parts = value.trim_matches('\'').split(',');
    number.is_some_and(|number: u8| number < 16)
        && quoted == value.contains(';')
        && parts.next().unwrap().split(';').all(is_address)
        && parts.all(is_option)
}

#[test]
fn the_commands_for_proxmox_have_the_form_of_its_manual() {
    let with_rom = dir().with_file_name("cases/871-export-with-roms/expected");
    let with_rom = fs::read_to_string(with_rom).unwrap();
    let mut texts = vec![with_rom];
    texts.extend(
        ["proxmox", "proxmox-part"].map(|name| fs::read_to_string(dir().join(name)).unwrap()),
    );
    let mut commands = 0;
    for line in texts.iter().flat_map(|text| text.lines()) {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["qm", "set", _, rest @ ..] = words.as_slice() {
            commands += 1;
            assert!(is_hostpci(rest), "{line}");
        }
    }
    assert!(commands > 8, "{commands}");
    assert!(!is_hostpci(&["-hostpci0", "03:00.0;03:00.1"]));
}

#[test]
fn an_option_of_another_format_is_refused() {
    for (arguments, wanted) in [
        (
            ["qemu", "--managed"],
            "export qemu: --managed is for libvirt only",
        ),
        (
            ["libvirt", "--iommufd"],
            "export libvirt: --iommufd is for qemu only",
        ),
        (["nfd", "--bios"], "export nfd: --bios is for qemu only"),
        (
            ["prometheus", "class:nvme"],
            "export prometheus: it is about the whole claim and takes no selector",
        ),
    ] {
        let (seen, said, left) = export(&arguments);
        assert_eq!((seen.as_str(), left), ("", 1), "{arguments:?}");
        assert_eq!(said, format!("vfio-early: {wanted}\n"), "{arguments:?}");
    }
    for (format, name) in [
        ("proxmox", "win11"),
        ("nfd", "100"),
        ("incus", "$(halt)"),
        ("incus", ""),
    ] {
        let (seen, _, left) = export(&[format, "--guest", name]);
        assert_eq!((seen.as_str(), left), ("", 1), "{format} {name}");
    }
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
            "export: \"xen\" is not qemu, libvirt, proxmox, incus, kubevirt, nfd or prometheus",
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
