//! Configuration that exists and cannot be read, and files that never end or keep a reader waiting.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use serde_json::Value;

use crate::program::{claim, dir};
use crate::stage::{DISK, MODULES, NIC, Stage, machine};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";
/// The least that a file has to have to be refused.
const MIB: u64 = 1 << 20;

/// Makes `path` what cannot be read.
type Spoil = fn(&Path);

fn parent(path: &Path) -> &Path {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

fn fifo(path: &Path) {
    mkfifo(parent(path), Mode::S_IRWXU).unwrap();
}

fn endless(path: &Path) {
    symlink("/dev/zero", parent(path)).unwrap();
}

fn dangling(path: &Path) {
    symlink("nowhere", parent(path)).unwrap();
}

fn directory(path: &Path) {
    fs::create_dir_all(path).unwrap();
}

fn file(path: &Path) {
    fs::write(parent(path), "").unwrap();
}

fn large(path: &Path) {
    File::create(parent(path))
        .unwrap()
        .set_len(MIB + 1)
        .unwrap();
}

fn utf16(path: &Path) {
    let text: Vec<u8> = "exclude=01:00.0\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    fs::write(parent(path), [b"\xff\xfe".as_slice(), &text].concat()).unwrap();
}

fn latin1(path: &Path) {
    fs::write(parent(path), b"exclude=01:00.0\xa0\n").unwrap();
}

/// Every way in which a part of the configuration cannot be read.
const SPOILT: [(&str, Spoil); 17] = [
    ("etc/vfio-early.conf", fifo),
    ("etc/vfio-early.conf", endless),
    ("etc/vfio-early.conf", dangling),
    ("etc/vfio-early.conf", directory),
    ("etc/vfio-early.conf", large),
    ("etc/vfio-early.conf", utf16),
    ("etc/vfio-early.conf", latin1),
    ("etc/vfio-early.d", file),
    ("etc/vfio-early.d", fifo),
    ("etc/vfio-early.d", dangling),
    ("etc/vfio-early.d/a.conf", fifo),
    ("etc/vfio-early.d/a.conf", endless),
    ("etc/vfio-early.d/a.conf", dangling),
    ("etc/vfio-early.d/a.conf", directory),
    ("etc/vfio-early.d/a.conf", large),
    ("etc/vfio-early.d/a.conf", utf16),
    ("etc", file),
];

#[test]
fn nothing_is_claimed_where_a_part_of_the_configuration_cannot_be_read() {
    for (place, spoil) in SPOILT {
        // The modules of a real image are not below /etc.
        let dir = dir(&Stage::on(&machine("registered vfio-pci\n"), BOTH));
        if place == "etc" {
            let _ = fs::remove_dir_all(dir.path().join("etc"));
        }
        spoil(&dir.path().join(place));
        let (status, _, err) = claim(dir.path(), &[]);
        assert_eq!(status, 2, "{place}: {err}");
        assert!(err.contains("so nothing is claimed"), "{place}: {err}");
        let report = fs::read(dir.path().join("run/vfio-early/report.json"));
        let report = report.unwrap_or_else(|error| panic!("{place}: {error}: {err}"));
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["warnings"][0]["code"], "unreadable", "{place}");
        for (index, address) in [NIC, DISK].into_iter().enumerate() {
            let device = &report["devices"][index];
            assert_eq!(device["address"], address);
            assert_eq!(device["outcome"], "refused", "{place}: {device}");
            assert_eq!(device["code"], "unreadable", "{place}: {device}");
            let held = format!("sys/bus/pci/devices/{address}/driver_override");
            let held = fs::read_to_string(dir.path().join(held)).unwrap();
            assert_eq!(held, "(null)\n", "{place}");
        }
    }
}

#[test]
fn a_configuration_file_that_is_a_link_to_dev_null_is_empty() {
    for place in ["etc/vfio-early.conf", "etc/vfio-early.d/a.conf"] {
        let dir = dir(&Stage::on(&machine("registered vfio-pci\n"), BOTH));
        symlink("/dev/null", parent(&dir.path().join(place))).unwrap();
        let (_, out, err) = claim(dir.path(), &["--dry-run"]);
        assert!(out.contains(&format!("planned {DISK} ")), "{out}{err}");
        assert!(!out.contains("unreadable"), "{out}");
    }
}

#[test]
fn nothing_is_claimed_where_the_command_line_cannot_be_read() {
    let spoilt: [Spoil; 5] = [fifo, endless, dangling, directory, large];
    for spoil in spoilt {
        let stage = Stage::on(&machine("registered vfio-pci\n"), BOTH);
        let dir = dir(&stage.file("etc/vfio-early.conf", "ids=01:00.0\n"));
        let cmdline = dir.path().join("proc/cmdline");
        fs::remove_file(&cmdline).unwrap();
        spoil(&cmdline);
        let (status, out, err) = claim(dir.path(), &["--dry-run"]);
        assert_eq!(status, 2, "{err}");
        assert!(
            out.contains(&format!("refused {DISK} ")) && out.contains("unreadable: cannot read"),
            "{out}"
        );
    }
}

#[test]
fn mode_off_is_no_success_where_something_cannot_be_read() {
    let dir = dir(&Stage::new(&format!("{BOTH} vfio-early.mode=off")));
    dangling(&dir.path().join("etc/vfio-early.conf"));
    let (status, _, err) = claim(dir.path(), &[]);
    assert_eq!(status, 2, "{err}");
    assert!(err.contains("mode=off: nothing is claimed"), "{err}");
    assert!(err.contains("vfio-early.conf: No such file"), "{err}");
}

#[test]
fn a_file_of_a_name_that_is_not_utf_8_is_not_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let dir = dir(&Stage::new(BOTH));
    let name = std::ffi::OsStr::from_bytes(b"\xff.conf");
    fs::create_dir_all(dir.path().join("etc/vfio-early.d")).unwrap();
    let place = dir.path().join("etc/vfio-early.d").join(name);
    fs::write(place, "exclude=01:00.0\n").unwrap();
    assert_eq!(claim(dir.path(), &["--dry-run"]).0, 2);
}

#[test]
fn an_editor_of_another_system_is_no_reason_to_claim_nothing() {
    let stage = Stage::new("quiet");
    let text = "\u{feff}ids=01:00.0,00:03.0\r\nexclude=01:00.0\r\n";
    let dir = dir(&stage.file("etc/vfio-early.conf", text));
    let (status, out, err) = claim(dir.path(), &["--dry-run"]);
    assert_eq!(status, 0, "{out}{err}");
    assert!(out.contains(&format!("planned {NIC} ")), "{out}");
    assert!(out.contains(&format!("refused {DISK} ")), "{out}");
}

/// What the commands read besides the configuration.
const READ: [&str; 15] = [
    "etc/vfio-early.protect",
    "etc/modprobe.d/a.conf",
    "etc/driverctl.d/pci-0000:01:00.0",
    "dev/kmsg",
    "lib/modules/6.1.0/modules.dep",
    "lib/modules/6.1.0/modules.dep.bin",
    "lib/modules/6.1.0/modules.alias",
    "lib/modules/6.1.0/modules.alias.bin",
    "lib/modules/6.1.0/modules.builtin",
    "proc/modules",
    "proc/iomem",
    "proc/self/mountinfo",
    "run/vfio-early/report.json",
    "usr/share/misc/pci.ids",
    "usr/local/bin/vfio-pci-override.sh",
];

const COMMANDS: [&[&str]; 10] = [
    &["claim"],
    &["claim", "--added", DISK],
    &["plan"],
    &["list"],
    &["status"],
    &["explain", DISK],
    &["check"],
    &["import"],
    &["protect"],
    &["capture"],
];

/// Runs a command below `dir`, which has ten seconds and 512 MiB.
fn bounded(dir: &Path, words: &[&str]) -> Output {
    let mut command = Command::new("sh");
    let script = "ulimit -v 524288; exec timeout 10 \"$@\"";
    command.args([
        "-c",
        script,
        "sh",
        env!("CARGO_BIN_EXE_vfio-early"),
        "--root",
    ]);
    command.arg(dir).args(words).output().unwrap()
}

#[test]
fn no_command_waits_for_a_file_or_reads_one_that_never_ends() {
    let spoilt: [Spoil; 3] = [fifo, endless, |path| {
        File::create(parent(path))
            .unwrap()
            .set_len(1 << 30)
            .unwrap();
    }];
    for spoil in spoilt {
        let dir = dir(&Stage::on(&machine(MODULES), BOTH));
        for place in READ {
            let path = dir.path().join(place);
            let _ = fs::remove_file(&path);
            spoil(&path);
        }
        for words in COMMANDS {
            let output = bounded(dir.path(), words);
            let status = output.status.code();
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(status, Some(0..=3)),
                "{words:?}: {status:?} {stderr}"
            );
        }
    }
}

#[test]
fn a_machine_in_a_file_that_never_ends_is_an_error() {
    let dir = tempfile::TempDir::new().unwrap();
    fifo(&dir.path().join("fifo"));
    let fifo = dir.path().join("fifo");
    for (file, wanted) in [("/dev/zero", [2, 2]), (fifo.to_str().unwrap(), [0, 2])] {
        let output = bounded(Path::new("/"), &["list", "--machine", file]);
        let status = output.status.code().unwrap();
        assert!(wanted.contains(&status), "{file}: {output:?}");
    }
}

#[test]
fn a_machine_can_come_through_a_pipe() {
    let table = "0000:01:00.0 10de:1200 1458:3510 030000 - 1\n";
    let script = format!("(sleep 0.2; printf '{table}') | \"$0\" list --machine /dev/stdin");
    let program = env!("CARGO_BIN_EXE_vfio-early");
    let output = Command::new("sh").args(["-c", &script, program]).output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("10de:1200"), "{output:?}");
}
