//! The machines of an architecture but for their devices: QEMU, its board, the kernel's command line on it.
//!
//! Source: QEMU's `-machine help`; each board here was seen to boot.

use super::store::Architecture;

impl Architecture {
    /// The emulator and the package that has it.
    pub(crate) fn emulator(self) -> (&'static str, &'static str) {
        match self {
            Self::Amd64 => ("qemu-system-x86_64", "qemu-system-x86"),
            Self::Arm64 => ("qemu-system-aarch64", "qemu-system-arm"),
        }
    }

    /// QEMU's arguments. TCG alone works everywhere; of the processors the one that boots fastest there.
    pub(crate) fn board(self) -> &'static str {
        match self {
            Self::Amd64 => "-accel tcg,thread=multi -machine q35,kernel-irqchip=split -cpu qemu64",
            // Version 3 has the ITS, without which no interrupt of a PCI device is remapped.
            Self::Arm64 => "-accel tcg,thread=multi -machine virt,gic-version=3 -cpu cortex-a57",
        }
    }

    /// The command line of every kernel. Self tests, mitigations and lock patching cost a second or two here and have
    /// nothing to do with us.
    pub(crate) fn cmdline(self) -> &'static str {
        match self {
            // On a busy host an emulated timer can miss the kernel's test, which then panics.
            Self::Amd64 => {
                "console=ttyS0 quiet panic=-1 log_buf_len=1M no_timer_check cryptomgr.notests mitigations=off \
                 noreplace-smp"
            }
            Self::Arm64 => {
                "console=ttyAMA0 quiet panic=-1 log_buf_len=1M cryptomgr.notests mitigations=off"
            }
        }
    }
}
