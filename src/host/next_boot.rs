//! The machine as its next boot will find it: host drivers not there yet, nothing loaded.
//!
//! Source: the claim comes before any module is loaded; `plan/message/iommu_cause.rs` has what the parameters of the IOMMU do.

use crate::config::{KernelParameters, Request};
use crate::machine::{HostAlias, Machine};
use crate::plan::{IommuCause, IommuVerdict};

/// `machine`, which runs with the words `now`, as its next boot with `next` will find it.
///
/// What cannot be foreseen is marked unknown: an IOMMU that is off now and that nothing would lock_report off.
pub fn at_boot(mut machine: Machine, now: &KernelParameters, next: &Request) -> Machine {
    // What a driver of the host has now, it will take again.
    let drivers = machine.bus.devices.iter();
    let drivers = drivers.filter_map(|device| {
        let driver = device.driver.as_ref()?;
        (!driver.leaves_group_viable()).then(|| HostAlias::of(device, driver))
    });
    machine.modules.hosts.extend(drivers);
    for device in &mut machine.bus.devices {
        // Ports have theirs from the kernel itself.
        device.driver = device
            .driver
            .take()
            .filter(|driver| driver.as_str() == "pcieport");
        device.driver_override = None;
        // The physical function's driver makes them later.
        device.virtual_functions = 0;
    }
    machine.bus.set_made_aside();
    let modules = &mut machine.modules;
    modules.loaded.clear();
    let builtin = &modules.builtin;
    modules
        .registered
        .retain(|driver| builtin.contains(&driver.module()));
    let iommus = std::mem::take(&mut machine.iommu.iommus);
    // What the verdict would be if the IOMMU were not used.
    let cause = IommuVerdict::new(&machine, next).cause;
    let off = matches!(cause, Some(IommuCause::TurnedOff(_)));
    if iommus.is_empty() {
        let same = *now == next.kernel || machine.iommu.tables.is_empty();
        machine.unknown.iommu |= !same && !off;
        machine.unknown.groups |= !same && !off;
    } else if off {
        machine.iommu.interrupt_chip = None;
        for device in &mut machine.bus.devices {
            device.group = None;
        }
    } else {
        machine.iommu.iommus = iommus;
    }
    // The next boot makes others.
    machine.unknown.groups |= now.acs_override != next.kernel.acs_override;
    machine
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cmdline: &str) -> Request {
        let mut request = Request::default();
        request.add_cmdline(cmdline.as_bytes());
        request
    }

    /// The machine of `text`, which was started with `now`, at its next boot with `next`.
    fn next(iommu: &str, group: &str, now: &str, next: &str) -> Machine {
        at_boot(machine(iommu, group), &request(now).kernel, &request(next))
    }

    fn machine(iommu: &str, group: &str) -> Machine {
        let text = format!(
            "{iommu}\ntables DMAR\nregistered vfio-pci pci-stub\nbuiltin pci_stub\nloaded vfio_pci\n\
             0000:00:01.0 1b36:000c 0000:0000 060400 pcieport {group}\n\
             0000:00:02.0 8086:10d3 8086:a01f 020000 vfio-pci {group} override=vfio-pci\n"
        );
        text.parse().unwrap()
    }

    #[test]
    fn a_boot_starts_without_host_drivers_and_without_modules() {
        let next = next("iommu dmar0", "1", "", "");
        let wanted = "iommu dmar0\ntables DMAR\nregistered pci-stub\nbuiltin pci_stub\n\
                      0000:00:01.0 1b36:000c 0000:0000 060400 pcieport 1\n\
                      0000:00:02.0 8086:10d3 8086:a01f 020000 - 1\n";
        assert_eq!(next.to_string(), wanted);
    }

    #[test]
    fn a_word_that_turns_the_iommu_off_will_do_so() {
        for word in ["intel_iommu=off", "iommu=off"] {
            let next = next("iommu dmar0", "1", "", word);
            let group = next.bus.devices[0].group;
            assert_eq!(
                (next.iommu.iommus.len(), group, next.unknown.iommu),
                (0, None, false)
            );
        }
        for word in ["intel_iommu=on,sm_on", "amd_iommu=off"] {
            assert_eq!(next("iommu dmar0", "1", "", word).iommu.iommus.len(), 1);
        }
    }

    #[test]
    fn whether_an_iommu_that_is_off_will_be_on_is_not_guessed() {
        let next = |word| next("", "-", "intel_iommu=off", word).unknown;
        assert!(next("").iommu && next("intel_iommu=on").groups);
        assert!(next("intel_iommu=off").is_empty());
    }
}
