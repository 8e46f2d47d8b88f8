//! What is odd about modprobe.d where a claim loads modules.

use super::availability::Availability;
use super::message::{Reason, Warning};
use crate::config::{DriverIds, Problem};
use crate::machine::Machine;
use crate::pci::DriverName;

/// Each file that gives a driver its own list of ids, and where the kernel would take only the last list.
pub(super) fn of_ids(machine: &Machine) -> Vec<Warning> {
    let all = &machine.modules.modprobe.ids;
    let mut warnings: Vec<Warning> = Vec::new();
    for (at, ids) in all.iter().enumerate() {
        let before = all.get(..at).unwrap_or_default();
        if !before.iter().any(|other| other.origin == ids.origin) {
            let place = ids.origin.clone();
            warnings.push(Problem::IdsNotPassed { place }.into());
        }
    }
    let is_last = |at: usize, ids: &DriverIds| {
        let after = all.get(at + 1..).unwrap_or_default();
        !after.iter().any(|other| other.module == ids.module)
    };
    for (at, last) in all.iter().enumerate().filter(|(at, ids)| is_last(*at, ids)) {
        let before = all.get(..at).unwrap_or_default().iter();
        let others = before.filter(|other| other.module == last.module);
        let lost: Vec<String> = others.map(|ids| ids.list.clone()).collect();
        if !lost.is_empty() {
            let problem = Problem::RepeatedModuleIds {
                module: last.module.clone(),
                lost,
                last: last.list.clone(),
            };
            warnings.push(problem.into());
        }
    }
    warnings
}

/// What modprobe would do besides for the modules that are loaded, and the claim does not.
pub(super) fn of_loads(loads: &[(DriverName, Availability)], machine: &Machine) -> Vec<Warning> {
    let mut reasons: Vec<Reason> = Vec::new();
    for (_, availability) in loads {
        let Availability::Loads(loads) = availability else {
            continue;
        };
        for load in loads {
            let mut found = missing(&load.module, machine);
            found.extend(not_run(&load.module, machine));
            found.retain(|reason| !reasons.contains(reason));
            reasons.extend(found);
        }
    }
    reasons.into_iter().map(Warning::from).collect()
}

/// The soft dependencies of `module` that are not at hand.
fn missing(module: &str, machine: &Machine) -> Vec<Reason> {
    let modules = &machine.modules;
    let Some(softdep) = modules.modprobe.soft_dependency(module) else {
        return Vec::new();
    };
    let there = |name: &String| {
        modules.file(name).is_some()
            || modules.builtin.contains(name)
            || modules.loaded.contains(name)
    };
    let names = softdep.before.iter().chain(&softdep.after);
    let reason = |name: &String| Reason::SoftdepMissing {
        module: module.to_owned(),
        missing: name.clone(),
        release: machine.kernel.clone(),
    };
    names.filter(|name| !there(name)).map(reason).collect()
}

fn not_run(module: &str, machine: &Machine) -> Option<Reason> {
    let install = machine.modules.modprobe.install_command(module)?;
    Some(Reason::InstallNotRun {
        file: install.file.clone(),
        module: module.to_owned(),
        command: install.command.clone(),
    })
}
