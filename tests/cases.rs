//! Every folder of `tests/cases`: a command line on a machine, and the plan as it is printed.
//!
//! With a file `command` in the folder, what those commands print: the program itself runs for each line, on files
//! made of the machine, of `pci.ids`, of `report`, of `kmsg`, the log of the kernel, and of `host`, which is what
//! `tests/support/host.rs` reads. `UPDATE=1 cargo test --test cases` writes what is expected anew; read the difference
//! before you commit it. `CASE=NAME cargo test --test cases` runs those whose names contain NAME.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use support::command;
use support::folders::{Differences, folders, name};
use support::host;
use support::model::{Knobs, Model};
use support::tree::Tree;
use vfio_early::act::{self, Claimed, Scope};
use vfio_early::config::{Mode, Request};
use vfio_early::machine::{EveryDevice, Machine};
use vfio_early::plan::{OutcomeKind, Plan};
use vfio_early::report::plan_lines;

struct Case {
    name: String,
    dir: PathBuf,
    request: Request,
    machine: Machine,
    /// The arguments of the program, a line each time it runs, where it is not the plan that is looked at.
    command: Option<String>,
}

impl Case {
    /// What is printed.
    fn seen(&self) -> String {
        match &self.command {
            Some(commands) => {
                let tree = self.tree();
                let seen = |words| format!("$ {words}\n{}", command::seen(words, &self.dir, &tree));
                commands.lines().map(seen).collect()
            }
            None if self.request.is_silent() => "silence\n".to_owned(),
            None => self.plan(),
        }
    }

    fn plan(&self) -> String {
        let planned = Claimed::planned(Plan::new(&self.request, &self.machine));
        let seen = plan_lines(&planned);
        let status = if planned.is_satisfied() { 0 } else { 2 };
        format!("{seen}exit {status}\n")
    }

    /// The files of the machine; of one that is not wholly known, only what stands beside it.
    fn tree(&self) -> Tree {
        let cmdline = fs::read(self.dir.join("cmdline")).unwrap();
        let host = fs::read_to_string(self.dir.join("host"));
        let mut tree = if let Ok(host) = host {
            host::tree(&self.machine, &host)
        } else if self.is_whole() {
            Tree::new(&self.machine, "")
        } else {
            Tree::default()
        };
        tree.file("proc/cmdline", cmdline);
        for (name, place) in [
            ("conf", "etc/vfio-early.conf"),
            ("pci.ids", "usr/share/misc/pci.ids"),
            ("report", "run/vfio-early/report.json"),
            ("kmsg", "dev/kmsg"),
        ] {
            command::add(&mut tree, &self.dir.join(name), place);
        }
        tree
    }

    /// Whether a kernel could show this machine: everything about it is known.
    fn is_whole(&self) -> bool {
        let placed = self
            .machine
            .bus
            .devices
            .iter()
            .all(|device| device.path.is_some());
        self.machine.unknown.is_empty() && placed
    }
}

/// The cases whose machine a kernel could show.
fn whole() -> Vec<Case> {
    cases().into_iter().filter(Case::is_whole).collect()
}

fn cases() -> Vec<Case> {
    folders("cases", 30).into_iter().map(case).collect()
}

fn case(dir: PathBuf) -> Case {
    let name = name(&dir);
    let mut request = Request::default();
    if let Ok(conf) = fs::read(dir.join("conf")) {
        request.add_config("vfio-early.conf", &conf);
    }
    request.add_cmdline(&fs::read(dir.join("cmdline")).expect(&name));
    let machine = fs::read_to_string(dir.join("machine")).expect(&name);
    let machine = machine
        .parse()
        .unwrap_or_else(|error| panic!("{name}/machine: {error}"));
    let command = fs::read_to_string(dir.join("command")).ok();
    Case {
        name,
        dir,
        request,
        machine,
        command,
    }
}

#[test]
fn every_case_prints_what_is_expected() {
    let mut differences = Differences::default();
    for case in cases() {
        differences.compare(&case.dir.join("expected"), &case.seen());
    }
    differences.assert_none();
}

#[test]
fn the_examples_of_the_readme_are_what_is_printed() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(top.join("README.md")).unwrap();
    let printed = top.join("tests/cases/370-examples-of-the-readme/expected");
    let printed = fs::read_to_string(printed).unwrap();
    let printed = printed
        .replace(" --machine machine", "")
        .replace("COLUMNS=130 ", "");
    let examples = readme.split("### Examples\n").nth(1).unwrap();
    let examples = examples.split("\n### ").next().unwrap();
    let blocks = examples.split("```").skip(1).step_by(2);
    let lines: Vec<&str> = blocks
        .flat_map(str::lines)
        .filter(|line| !line.is_empty())
        .collect();
    assert!(lines.len() > 12, "{lines:#?}");
    for line in lines {
        let line = line.replace("$ vfio-early ", "$ ");
        assert!(
            printed.lines().any(|seen| seen == line),
            "nothing prints {line:?}"
        );
    }
}

#[test]
fn the_bus_read_from_files_is_the_one_of_the_table() {
    for case in whole() {
        let model = Model::new(Tree::new(&case.machine, ""), Knobs::default());
        let all = Machine::read_with(&model.root(), &case.request, &EveryDevice { serials: true });
        assert_eq!(
            all.expect(&case.name).bus,
            case.machine.bus,
            "{}",
            case.name
        );
        let machine = Machine::read(&model.root(), &case.request).expect(&case.name);
        assert_eq!(machine.iommu, case.machine.iommu, "{}", case.name);
        assert_eq!(
            machine.modules.modprobe, case.machine.modules.modprobe,
            "{}",
            case.name
        );
    }
}

#[test]
fn a_machine_survives_printing_and_reading() {
    for case in cases() {
        let read = Machine::from_text(&case.machine.to_string());
        assert_eq!(read.as_ref(), Ok(&case.machine), "{}", case.name);
        if let Ok(text) = fs::read_to_string(case.dir.join("lspci")) {
            assert_eq!(Machine::from_text(&text), read, "{}", case.name);
        }
    }
}

#[test]
fn reading_only_what_the_request_touches_gives_the_same_plan() {
    for case in whole() {
        let model = Model::new(Tree::new(&case.machine, ""), Knobs::default());
        let machine = Machine::read(&model.root(), &case.request).expect(&case.name);
        let print = |machine: &Machine| {
            let plan = Plan::new(&case.request, machine);
            plan_lines(&Claimed::planned(plan))
        };
        assert_eq!(print(&machine), print(&case.machine), "{}", case.name);
    }
}

#[test]
fn a_claim_does_what_the_plan_has_and_touches_nothing_else() {
    for case in whole()
        .iter()
        .filter(|case| case.request.mode == Mode::Claim)
    {
        let name = &case.name;
        let model = Model::new(Tree::new(&case.machine, ""), Knobs::default());
        let plan = Plan::new(&case.request, &case.machine);
        let root = model.root();
        let machine = case.machine.clone();
        let claimed = act::claim(&root, &case.request, machine, Scope::All, &|_| ());
        let mut ours = Vec::new();
        for (planned, outcome) in plan.outcomes().iter().zip(&claimed.outcomes) {
            let device = &outcome.entry.device;
            match planned.kind {
                // What has no group, a real kernel may refuse; the model does.
                OutcomeKind::Planned
                    if device.group.is_some() || !outcome.entry.driver.is_vfio() =>
                {
                    assert_eq!(
                        outcome.kind,
                        OutcomeKind::Claimed,
                        "{name} {}: {:?}",
                        device.address,
                        outcome.reason
                    );
                    ours.push(device.address);
                }
                OutcomeKind::Held => {
                    assert_eq!(outcome.kind, OutcomeKind::Held, "{name} {}", device.address);
                    let address = device.address.to_string();
                    let file = format!("sys/bus/pci/devices/{address}/driver_override");
                    assert_eq!(model.text(&file).as_deref(), Some("none\n"), "{name}");
                    assert_eq!(model.driver(&address), None, "{name} {address}");
                    ours.push(device.address);
                }
                OutcomeKind::Planned => {
                    assert_eq!(
                        outcome.kind,
                        OutcomeKind::Failed,
                        "{name} {}",
                        device.address
                    )
                }
                word => assert_eq!(outcome.kind, word, "{name} {}", device.address),
            }
        }
        for device in &case.machine.bus.devices {
            let address = device.address.to_string();
            let held = model.text(&format!("sys/bus/pci/devices/{address}/driver_override"));
            let before = device
                .driver_override
                .as_ref()
                .map_or("(null)".to_owned(), ToString::to_string);
            if !ours.contains(&device.address) {
                assert_eq!(held, Some(format!("{before}\n")), "{name} {address}");
                let driver = device.driver.as_ref().map(ToString::to_string);
                assert_eq!(model.driver(&address), driver, "{name} {address}");
            }
        }
    }
}

#[test]
fn no_case_prints_what_a_terminal_obeys() {
    for case in cases() {
        let expected = fs::read_to_string(case.dir.join("expected")).unwrap_or_default();
        let hidden = |c: &char| vfio_early::escape::is_hidden(*c) && *c != '\n';
        assert_eq!(expected.chars().find(hidden), None, "{}", case.name);
    }
}
