//! The file system below one root directory, and everything else that reaches the kernel. No other room does.

mod base;
pub mod boot_setup;
mod change;
#[cfg(feature = "host")]
mod decompress;
mod direct;
mod efivarfs;
mod error;
mod firmware;
mod io;
mod kernel;
mod limit;
mod lines;
mod open;
pub mod other_tools;
mod part;
mod path;
pub mod pid1;
mod present;
mod process;
mod read_once;
mod report_store;
mod root;
#[cfg(feature = "host")]
mod save;
mod signals;
mod store;
mod system_file;
mod unbind;

pub use direct::Direct;
pub use error::{Error, Result};
pub use io::{Io, OwnFile, Take};
pub use part::Part;
pub use path::{
    BOOT_DIRS, CONTAINER_MARKS, ENABLED, FIRST_PROGRAM, IMAGE_DIR, MODPROBE_DIRS, OLD_SCRIPTS,
    PCI_IDS, SECURE_BOOT, STUB_INFO, SysPath, TRIAL, UNIVERSAL_IMAGE,
};
pub use report_store::ReportStore;
pub use root::Root;
pub use signals::uninterrupted;
pub use unbind::{GIVE_BACK, Pending, UNBIND};
