//! Every system call of a claim fails once, with strace: the program itself runs below a root of files.
//!
//! A test takes a sample of them; `FAULTS=all` takes all, as `make faults` does, and `PROGRAM` names another binary than
//! the one that cargo has built. The helper process of an unbind is tried in the same way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and runs the program under strace"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use support::tree::Tree;
use tempfile::TempDir;
use vfio_early::machine::Machine;

const ERRORS: [&str; 4] = ["EIO", "ENOMEM", "ENOSPC", "EINTR"];
/// How many calls apart the trials of a sample are.
const STEP: usize = 61;

/// A card that nobody excludes, its twin, a network card, the disk of the system.
const CARD: &str = "0000:01:00.0";
const TWIN: &str = "0000:02:00.0";
const NIC: &str = "0000:00:03.0";
const DISK: &str = "0000:00:04.0";
const MACHINE: &str = "\
kernel 6.1.0
iommu dmar0
tables DMAR
interrupts IR-IO-APIC
registered vfio-pci e1000e
builtin vfio_pci
0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1
  0000:01:00.0 10de:1200 1458:3510 030200 - 2
0000:00:02.0 1b36:000c 0000:0000 060400 pcieport 5
  0000:02:00.0 10de:1200 1458:3510 030200 - 6
0000:00:03.0 8086:10d3 8086:a01f 020000 e1000e 3
0000:00:04.0 144d:a80a 144d:a801 010802 - 4
";
const PROTECT: &str = "0000:00:04.0 144d:a80a:144d:a801 010802 - /,/boot\n";

/// A claim below a root of files, and what holds after it.
struct Scenario {
    name: &'static str,
    tree: Tree,
    words: &'static [&'static str],
    /// The devices that may be touched.
    asked: &'static [&'static str],
    /// The exit status where nothing fails.
    status: i32,
}

fn tree(ids: &str) -> Tree {
    let machine: Machine = MACHINE.parse().unwrap();
    let mut tree = Tree::new(&machine, &format!("vfio-early.ids={ids}"));
    tree.file("etc/vfio-early.d/10-twin.conf", format!("exclude={TWIN}\n"));
    tree.file("etc/vfio-early.protect", PROTECT);
    tree
}

/// The claims that are tried. The files never change by themselves: the `driver` link of the card is there already as its
/// bind would leave it, and the network card never leaves its driver.
fn scenarios() -> Vec<Scenario> {
    let mut bound = tree("10de:1200");
    bound.link(
        "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/driver",
        "../../../../bus/pci/drivers/vfio-pci",
    );
    let mut off = tree("10de:1200,00:03.0");
    off.file("etc/vfio-early.d/50-off.conf", "mode=off\n");
    let helper = &["unbind-helper", "e1000e", NIC];
    vec![
        Scenario {
            name: "a claim that succeeds",
            tree: bound,
            words: &["claim"],
            asked: &[CARD],
            status: 0,
        },
        Scenario {
            name: "a claim of a device that keeps its driver, and of the disk of the system",
            tree: tree("10de:1200,00:03.0,class:nvme vfio-early.timeout=100"),
            words: &["claim"],
            asked: &[CARD, NIC],
            status: 2,
        },
        Scenario {
            name: "the kill switch",
            tree: off,
            words: &["claim"],
            asked: &[],
            status: 0,
        },
        Scenario {
            name: "the helper process",
            tree: tree("10de:1200"),
            words: helper,
            asked: &[NIC],
            status: 0,
        },
    ]
}

/// One run of the program: the calls that it made, or what came of one that failed.
struct Run {
    dir: TempDir,
    status: Option<i32>,
    stderr: String,
}

fn program() -> PathBuf {
    let named = std::env::var_os("PROGRAM").map(PathBuf::from);
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_vfio-early").into())
}

impl Scenario {
    /// Runs the program under strace with these options.
    fn run(&self, options: &[&str]) -> Run {
        let dir = TempDir::new().unwrap();
        self.tree.write_to(dir.path()).unwrap();
        let output = Command::new("timeout")
            .args(["60", "strace", "-qq"])
            .args(options)
            .arg(program())
            .arg("--root")
            .arg(dir.path())
            .args(self.words)
            .output()
            .expect("strace runs; tests/setup installs it");
        Run {
            dir,
            status: output.status.code(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The calls of a run in which nothing fails, each by its name and its number among those of that name.
    fn calls(&self) -> Vec<(String, usize)> {
        let log = tempfile::NamedTempFile::new().unwrap();
        let run = self.run(&["-o", log.path().to_str().unwrap()]);
        assert_eq!(
            run.status,
            Some(self.status),
            "{}: {}",
            self.name,
            run.stderr
        );
        assert_eq!(self.faults(&run), Vec::<String>::new(), "{}", self.name);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in fs::read_to_string(log.path()).unwrap().lines() {
            let Some((name, _)) = line.split_once('(') else {
                continue;
            };
            let is_call = name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            // The program starts with the first of these, and ends with the second. The kernel closes a descriptor whatever
            // close(2) returns; strace makes no call that it lets fail, so the descriptor would stay open.
            if is_call && !["execve", "exit_group", "close"].contains(&name) {
                let count = counts.entry(name.to_owned()).or_default();
                *count += 1;
                calls.push((name.to_owned(), *count));
            }
        }
        assert!(calls.len() > 20, "{}: {calls:?}", self.name);
        calls
    }

    /// Lets each call fail with each error, or a sample of them; returns what went wrong.
    fn try_all(&self) -> String {
        let all = std::env::var("FAULTS").is_ok_and(|value| value == "all");
        let calls = self.calls();
        let trials = calls
            .iter()
            .flat_map(|call| ERRORS.iter().map(move |error| (call, error)));
        let mut wrong = String::new();
        for ((name, number), error) in trials.step_by(if all { 1 } else { STEP }) {
            let inject = format!("inject={name}:error={error}:when={number}");
            let run = self.run(&["-o", "/dev/null", "-e", &inject]);
            for why in self.faults(&run) {
                wrong += &format!(
                    "{}, {inject}: {why}: {:?}\n{}\n",
                    self.name, run.status, run.stderr
                );
            }
        }
        wrong
    }

    /// What is wrong after a run.
    fn faults(&self, run: &Run) -> Vec<String> {
        let mut wrong = Vec::new();
        if run.status == Some(124) {
            wrong.push("it hangs".to_owned());
        }
        let text = |path: &str| fs::read_to_string(run.dir.path().join(path)).unwrap_or_default();
        for address in [CARD, TWIN, NIC, DISK] {
            let path = format!("sys/bus/pci/devices/{address}/driver_override");
            if text(&path) != "(null)\n" && !self.asked.contains(&address) {
                wrong.push(format!("{address} is touched"));
            }
        }
        for file in [
            "vfio-pci/bind",
            "vfio-pci/unbind",
            "e1000e/bind",
            "e1000e/unbind",
        ] {
            let written = text(&format!("sys/bus/pci/drivers/{file}"));
            if !written.is_empty() && !self.asked.contains(&written.as_str()) {
                wrong.push(format!("{written:?} is written to {file}"));
            }
        }
        let path = run.dir.path().join("run/vfio-early/report.json");
        let written = fs::read(path).ok();
        let report = written.as_ref();
        let report: Option<Value> = report.and_then(|text| serde_json::from_slice(text).ok());
        if written.is_some() && report.is_none() {
            wrong.push("the report is broken".to_owned());
        }
        if run.status == Some(0) && self.words == ["claim"] && !self.asked.is_empty() {
            wrong.extend(self.false_success(report.as_ref(), &text));
        }
        let is_helper = self.words.contains(&NIC);
        if run.status == Some(0) && is_helper && text("sys/bus/pci/drivers/e1000e/unbind") != NIC {
            wrong.push("nothing is unbound, and the helper succeeds".to_owned());
        }
        wrong
    }

    /// What an exit status of 0 does not mean here: the report is there, and every device that was asked for is claimed.
    fn false_success(&self, report: Option<&Value>, text: &dyn Fn(&str) -> String) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.status != 0 {
            wrong.push("a false success".to_owned());
        }
        let devices = report.and_then(|report| report["devices"].as_array());
        for address in self.asked {
            let mut found = devices.into_iter().flatten();
            let found = found.find(|device| device["address"] == *address);
            let path = format!("sys/bus/pci/devices/{address}/driver_override");
            let is_claimed = found.is_some_and(|device| device["outcome"] == "claimed");
            if !is_claimed || text(&path) != "vfio-pci" {
                wrong.push(format!("{address} is not claimed: {found:?}"));
            }
        }
        wrong
    }
}

#[test]
fn no_system_call_that_fails_makes_a_wrong_device_a_half_report_or_a_false_success() {
    let wrong: String = std::thread::scope(|scope| {
        let trials = scenarios().into_iter();
        let trials: Vec<_> = trials
            .map(|one| scope.spawn(move || one.try_all()))
            .collect();
        trials
            .into_iter()
            .map(|trial| trial.join().unwrap())
            .collect()
    });
    assert!(wrong.is_empty(), "{wrong}");
}
