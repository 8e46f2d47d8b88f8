//! The machine room of the boot tests: builds an image, boots it in QEMU, reads what the guest printed.
//!
//! A [`Boot`] is a declaration. `device.rs` and `machine.rs` turn it into QEMU arguments, `board.rs` adds those of the
//! architecture, `image.rs` makes an initramfs of its contents, `qemu.rs` runs the machine, `seen.rs` reads its serial
//! log, `facts.rs` reads what the program printed there, `verdict.rs` compares.
//! To add a device: a constant in `device.rs`. To add an expectation: a field in `verdict.rs`, a function in `boot.rs`.

pub(crate) mod board;
pub(crate) mod boot;
pub(crate) mod code;
pub(crate) mod cpio;
pub(crate) mod device;
pub(crate) mod disks;
pub(crate) mod dmar;
pub(crate) mod facts;
pub(crate) mod firmware;
#[allow(dead_code, reason = "for the image tests")]
pub(crate) mod hotplug;
pub(crate) mod image;
pub(crate) mod kernel;
pub(crate) mod machine;
pub(crate) mod modules;
pub(crate) mod program;
pub(crate) mod qemu;
pub(crate) mod seen;
pub(crate) mod store;
pub(crate) mod verdict;

pub(crate) use boot::Boot;
