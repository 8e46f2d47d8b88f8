//! The laws of what a plan is made from, a machine and selectors, and of what is then claimed; see `laws.rs`.

use std::path::Path;

use vfio_early::act::{self, Claimed, Scope};
use vfio_early::config::{Request, Selector};
use vfio_early::machine::Machine;
use vfio_early::plan::{OutcomeKind, Plan};
use vfio_early::report::{Report, Times, plan_lines};

use crate::support::model::{Knobs, Model};
use crate::support::tree::Tree;

/// A machine with twins, bridges, a group of three and a domain of its own.
const MACHINE: &str = "\
kernel 6.1.0
iommu dmar0
tables DMAR
interrupts IR-IO-APIC
module vfio/pci/vfio-pci.ko: vfio/vfio.ko
module pci/pci-stub.ko:
protect 0000:00:1f.2 8086:2922:1af4:1100 010601 - /
0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1
  0000:01:00.0 10de:1200 1458:3510 030000 - 2 boot-display=0
  0000:01:00.1 10de:0e0c 1458:3510 040300 snd_hda_intel 2
0000:00:02.0 8086:0412 1458:d000 030000 i915 3 boot-display=1
0000:00:03.0 1b36:000c 0000:0000 060400 pcieport 4
  0000:02:00.0 10de:1200 1458:3510 030000 - 4 serial=00-11-22-33-44-55-66-77
0000:00:14.0 8086:8c31 1458:5007 0c0330 xhci_hcd 5
0000:00:1d.0 8086:8c26 1458:5006 0c0320 ehci-pci 6 override=vfio-pci
0000:00:1f.2 8086:2922 1af4:1100 010601 ahci 7
10000:e0:01.0 1b36:0010 1af4:1100 010802 nvme -
";

/// What a selector names is printed as it is read, and a claim that reads only what they touch has the same plan as
/// one that knows all; what it then does leaves nobody alone.
pub fn selectors(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    for part in text.split(',') {
        match part.parse::<Selector>() {
            Ok(selector) => assert_eq!(selector.to_string().parse(), Ok(selector)),
            Err(why) => assert!(part.contains(&why.given), "{why}"),
        }
    }
    let mut request = Request::default();
    request.add_config(
        "conf",
        format!("ids={}", text.replace(['\n', '\r'], ",")).as_bytes(),
    );
    let known: Machine = MACHINE.parse().expect("the machine above");
    let model = Model::new(Tree::new(&known, ""), Knobs::default());
    let seen = Machine::read(&model.root(), &request).expect("the same machine");
    let lines = |machine| {
        let plan = Plan::new(&request, machine);
        plan_lines(&Claimed::planned(plan))
    };
    assert_eq!(lines(&seen), lines(&known));
    claim(&request, &seen, &model);
}

/// A machine is printed as it is read, and what is claimed on it leaves nobody alone.
pub fn machine(text: &[u8]) {
    let Ok(machine) = String::from_utf8_lossy(text).parse::<Machine>() else {
        return;
    };
    let shown = machine.to_string();
    let again: Machine = shown.parse().expect(&shown);
    assert_eq!(again.to_string(), shown);
    if !is_possible(&machine) {
        return;
    }
    let mut request = Request::default();
    request.add_cmdline(
        b"vfio-early.ids=secondary-gpus,class:nvme,1b36:*+group,class:network@00:03.0+functions,!00:04.0 \
          vfio-early.driver=pci-stub@class:usb vfio-pci.ids=8086:ffffffff,1af4:1000 vfio-early.timeout=1 \
          vfio-early.rom=copy@*:* vfio-early.d3cold=off@*:* vfio-early.reset-method=bus@*:* \
          vfio-early.rebar=0:256M@*:*,1:1G@*:*",
    );
    let model = Model::new(Tree::new(&machine, ""), Knobs::default());
    claim(&request, &machine, &model);
}

/// What lspci printed is a machine that can be printed as a table, and planned on.
pub fn lspci(text: &[u8]) {
    let Ok(machine) = Machine::from_text(&String::from_utf8_lossy(text)) else {
        return;
    };
    let shown = machine.to_string();
    let again: Machine = shown.parse().expect(&shown);
    assert_eq!(again.to_string(), shown);
    let mut request = Request::default();
    request.add_cmdline(b"vfio-early.ids=class:display+group,*:*+functions,00:01.0/00.*");
    let lines = |machine| {
        let plan = Plan::new(&request, machine);
        plan_lines(&Claimed::planned(plan))
    };
    assert_eq!(lines(&again), lines(&machine));
}

/// Whether the model can have such a machine: every device once, and names that are no paths to elsewhere.
fn is_possible(machine: &Machine) -> bool {
    let devices = &machine.bus.devices;
    let mut paths: Vec<_> = devices.iter().map(|device| device.path.clone()).collect();
    paths.sort_unstable();
    let twins = devices
        .windows(2)
        .any(|two| two[0].address == two[1].address)
        || paths.windows(2).any(|two| two[0] == two[1])
        || paths.contains(&None);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:,/*+ \n=".contains(c);
    let text = machine.to_string();
    let rooted = machine.modules.files.iter().any(|file| {
        let mut paths = file.needs.iter().chain([&file.path]);
        paths.any(|path| Path::new(path).is_absolute() || path.ends_with('/'))
    });
    !twins
        && !rooted
        && text.chars().all(plain)
        && !text.contains("..")
        && !machine.kernel.contains(['/', ' '])
}

/// Claims on the kernel model: no device is left with an override and no driver, or without the driver that it had, and
/// the report is what its reader reads.
fn claim(request: &Request, machine: &Machine, model: &Model) {
    let root = model.root();
    let claimed = act::claim(&root, request, machine.clone(), Scope::All, &|_| ());
    for outcome in &claimed.outcomes {
        let (device, address) = (
            &outcome.entry.device,
            outcome.entry.device.address.to_string(),
        );
        let driver = model.driver(&address);
        let ours = driver.as_deref() == Some(outcome.driver.as_str());
        let held = model.text(&format!("sys/bus/pci/devices/{address}/driver_override"));
        if outcome.kind == OutcomeKind::Held {
            assert_eq!(
                (driver, held.as_deref()),
                (None, Some("none\n")),
                "{address}"
            );
            continue;
        }
        assert!(
            !outcome.kind.is_ours() || ours,
            "{address} is reported as ours"
        );
        assert!(
            driver.is_some() || device.driver.is_none(),
            "{address} has lost its driver"
        );
        let before = device.driver_override.as_ref().map(ToString::to_string);
        let before = format!("{}\n", before.as_deref().unwrap_or("(null)"));
        assert!(
            driver.is_some() || held == Some(before),
            "{address} cannot be had by anybody"
        );
    }
    let times = Times {
        started: std::time::Duration::MAX,
        elapsed: std::time::Duration::ZERO,
    };
    let report = Report::new(&claimed, times);
    assert_eq!(Report::parse(&report.to_json()), Ok(report));
}
