//! The file system below one root directory, and everything else that reaches the kernel. No other room does.

mod decompress;
mod error;
mod io;
mod kernel;
mod limit;
mod lines;
mod lock;
mod open;
pub mod other_tools;
mod path;
pub mod pid1;
mod pieces;
mod present;
mod process;
mod read_once;
mod root;
mod signals;
mod unbind;

pub use decompress::Bytes;
pub use error::{Error, Result};
pub use io::{Direct, Io, Take};
pub use path::{
    BOOT_DIRS, CONTAINER_MARKS, FIRST_PROGRAM, IMAGE_DIR, MODPROBE_DIRS, OLD_SCRIPTS, PCI_IDS,
    SECURE_BOOT, STUB_INFO, SysPath, UNIVERSAL_IMAGE,
};
pub use root::Root;
pub use signals::uninterrupted;
pub use unbind::{GIVE_BACK, Pending, UNBIND};
