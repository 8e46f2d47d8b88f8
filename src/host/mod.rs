//! What only the running host needs: the commands, and what they know of a system besides its devices.

pub mod added;
pub mod advice;
pub mod check;
mod class_names;
pub mod commands;
pub mod enable;
pub mod explain;
pub mod export;
pub mod image;
pub mod import;
pub mod list;
pub mod machine_text;
pub mod menu_entry;
pub mod next_boot;
pub mod pci_ids;
pub mod protect;
pub mod request;
pub mod snapshot;
pub mod status;
pub mod terminal;
pub mod trial;
pub mod usage;

pub use commands::{run, run_below};
