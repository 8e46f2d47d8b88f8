//! One claim on the kernel model, from the texts to the report, as `vfio-early claim` makes it.

use std::time::Duration;

use serde_json::Value;
use vfio_early::act::{Scope, claim};
use vfio_early::config::{self, Problem};
use vfio_early::machine::Machine;
use vfio_early::report::{Report, Times};

use crate::support::model::{Knobs, Model};
use crate::support::tree::Tree;

/// The disk, which no driver has at start.
pub const DISK: &str = "0000:01:00.0";
/// The network card, which its host driver has at start.
pub const NIC: &str = "0000:00:03.0";
/// The display, which nobody asks for.
pub const DISPLAY: &str = "0000:00:02.0";

const FACTS: &str = "kernel 6.1.0\niommu dmar0\ntables DMAR\ninterrupts IR-IO-APIC\n";
const DEVICES: &str = "\
0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1
  0000:01:00.0 1b36:0010 1af4:1100 010802 - 2
0000:00:02.0 1234:1111 1af4:1100 030000 - 4 boot-display=1
0000:00:03.0 8086:10d3 8086:a01f 020000 e1000e 3
";
/// The modules of Debian's 6.1, whose dependencies stand as in modules.dep.
pub const MODULES: &str = "\
module vfio/pci/vfio-pci.ko: vfio/pci/vfio-pci-core.ko vfio/vfio.ko lib/irqbypass.ko
module vfio/vfio_iommu_type1.ko: vfio/vfio.ko
module pci/pci-stub.ko:
";

/// The usual machine with these facts besides: modules, registered drivers.
pub fn machine(facts: &str) -> String {
    format!("{FACTS}{facts}{DEVICES}")
}

/// A claim before it is made.
pub struct Stage {
    machine: String,
    cmdline: String,
    files: Vec<(String, String)>,
    knobs: Knobs,
}

impl Stage {
    /// The usual machine with the usual modules, started with `cmdline`.
    pub fn new(cmdline: &str) -> Self {
        Self::on(&machine(MODULES), cmdline)
    }

    /// The machine of a table.
    pub fn on(machine: &str, cmdline: &str) -> Self {
        Self {
            machine: machine.to_owned(),
            cmdline: cmdline.to_owned(),
            files: Vec::new(),
            knobs: Knobs::default(),
        }
    }

    /// Started with another command line.
    pub fn cmdline(mut self, cmdline: &str) -> Self {
        cmdline.clone_into(&mut self.cmdline);
        self
    }

    /// With one more file.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// With a kernel of its own kind.
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = knobs;
        self
    }

    /// The files of the machine.
    pub fn tree(&self) -> Tree {
        let machine: Machine = self.machine.parse().expect("a machine table");
        let mut tree = Tree::new(&machine, &self.cmdline);
        for (path, text) in &self.files {
            tree.file(path, text.as_bytes());
        }
        tree
    }

    /// Makes the claim.
    pub fn run(&self) -> Run {
        Run::new(self.tree(), self.knobs.clone())
    }
}

/// A claim that was made.
pub struct Run {
    pub model: Model,
    pub report: Value,
    /// Whether the exit status would be 0.
    pub satisfied: bool,
}

impl Run {
    /// Makes the claim that the files of `tree` ask for.
    pub fn new(tree: Tree, knobs: Knobs) -> Self {
        let model = Model::new(tree, knobs);
        let root = model.root();
        let mut request = config::read(&root);
        let machine = Machine::read(&root, &request).unwrap_or_else(|error| {
            let error = error.to_string();
            request.problems.push(Problem::Unreadable { error });
            Machine::default()
        });
        let claimed = claim(&root, &request, machine, Scope::All, &|_| ());
        let times = Times {
            started: Duration::from_millis(7),
            elapsed: Duration::from_millis(3),
        };
        let json = Report::new(&claimed, times).to_json();
        let stored = root.store_report(&json).is_ok();
        Self {
            satisfied: claimed.is_satisfied() && stored,
            report: serde_json::from_slice(&json).expect("a report in JSON"),
            model,
        }
    }

    /// The report's entry of a device.
    pub fn device(&self, address: &str) -> &Value {
        let devices = self.report["devices"].as_array().unwrap();
        let found = devices.iter().find(|device| device["address"] == address);
        found.unwrap_or(&Value::Null)
    }

    /// A device's outcome and code, as `failed unbind-timeout`; `claimed` alone where there is no code.
    pub fn fate(&self, address: &str) -> String {
        let device = self.device(address);
        let words = ["outcome", "code"].map(|key| device[key].as_str().unwrap_or(""));
        words.join(" ").trim_end().to_owned()
    }

    /// The codes of all warnings, or of those about one device.
    pub fn warnings(&self, address: Option<&str>) -> Vec<&str> {
        let all = self.report["warnings"].as_array().unwrap().iter();
        all.filter(|one| address.is_none_or(|address| one["address"] == address))
            .map(|one| one["code"].as_str().unwrap())
            .collect()
    }

    /// Driver and override in the end, as `vfio-pci, override vfio-pci`; `-` for none.
    pub fn held(&self, address: &str) -> String {
        let path = format!("sys/bus/pci/devices/{address}/driver_override");
        let text = self.model.text(&path).unwrap();
        let held = text.trim_end().replace("(null)", "-");
        let driver = self.model.driver(address).unwrap_or("-".to_owned());
        format!("{driver}, override {held}")
    }

    /// Where the first act stands that begins with `text`.
    pub fn first(&self, text: &str) -> usize {
        let acts = self.model.acts();
        let found = acts.iter().position(|act| act.starts_with(text));
        found.unwrap_or_else(|| panic!("no act begins with {text:?}: {acts:#?}"))
    }

    /// The acts that begin with `text`.
    pub fn all(&self, text: &str) -> Vec<String> {
        let acts = self.model.acts();
        acts.into_iter()
            .filter(|act| act.starts_with(text))
            .collect()
    }
}
