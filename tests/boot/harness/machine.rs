//! Emulated machines: firmware, kernel, IOMMU and devices, as QEMU arguments.

pub(crate) use super::device::*;
use super::firmware::Firmware;
use super::store::{Architecture, Kernel};

/// The emulated IOMMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Iommu {
    Intel,
    /// Intel's, with a table by which it remaps no interrupts.
    IntelWithoutRemapping,
    Amd,
    AmdWithoutRemapping,
    /// A device at 00:1c.0 whose driver can be a module.
    Virtio,
    /// ARM's SMMUv3.
    Smmu,
    None,
}

/// A machine that can be switched on.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) firmware: Firmware,
    /// Whether its firmware has the variables of the boot before.
    pub(crate) keeps_variables: bool,
    pub(crate) kernel: Kernel,
    pub(crate) iommu: Iommu,
    pub(crate) devices: Vec<Device>,
    pub(crate) megabytes: u32,
    pub(crate) cmdline: String,
}

impl Machine {
    /// The host drivers that want this machine's devices.
    pub(crate) fn hosts(&self) -> Vec<Host> {
        self.devices
            .iter()
            .flat_map(|device| device.hosts.iter().copied())
            .collect()
    }

    /// Whether the kernel is started as its package has it: the unpacked one has neither the EFI entry nor the real
    /// mode code that sets the graphics mode of `vga=`. That of arm64 is not compressed.
    pub(crate) fn boots_as_packaged(&self) -> bool {
        self.firmware == Firmware::Ovmf
            || self.kernel.architecture() == Architecture::Arm64
            || self.cmdline.split(' ').any(|word| word.starts_with("vga="))
    }

    /// QEMU's arguments, but for firmware and what the machine starts.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let base = "-smp 1 -nodefaults -display none -serial stdio -no-reboot";
        // It must precede the devices.
        let iommu = match self.iommu {
            Iommu::Intel => "-device intel-iommu,intremap=on,caching-mode=on",
            Iommu::IntelWithoutRemapping => "-device intel-iommu,intremap=off,caching-mode=on",
            Iommu::Amd => "-device amd-iommu,intremap=on",
            Iommu::AmdWithoutRemapping => "-device amd-iommu,intremap=off",
            Iommu::Virtio => "-device virtio-iommu-pci,addr=1c.0",
            Iommu::Smmu => "-machine iommu=smmuv3",
            Iommu::None => "",
        };
        let fixed = [self.kernel.architecture().board(), base, iommu]
            .into_iter()
            .flat_map(str::split_whitespace)
            .map(str::to_owned);
        let devices = self
            .devices
            .iter()
            .flat_map(|device| device.arguments.iter().cloned());
        let memory = ("-m", self.megabytes.to_string());
        fixed
            .chain(
                devices
                    .chain([memory])
                    .flat_map(|(option, value)| [option.to_owned(), value]),
            )
            .collect()
    }

    /// The kernel command line: what every test needs, then the test's own.
    pub(crate) fn append(&self) -> String {
        let append = format!("{} {}", self.kernel.architecture().cmdline(), self.cmdline);
        // Measured: from 2048 characters on, a kernel that QEMU loads hangs without a message.
        assert!(
            append.len() < 2048,
            "the kernel command line has {} characters, at most 2047 boot",
            append.len()
        );
        append
    }
}
