//! The settings of other tools that are about devices, and what becomes of each as a configuration of ours.
//!
//! Source: the formats that the head of each file names.

mod alias;
mod cmdline;
mod driverctl;
mod files;
mod hooks;
mod lasting;
mod lists;
mod modprobe;
mod module_list;
mod moved;
mod old_setting;
mod print;
mod proxmox;
mod qubes;
mod reason;
mod script;
mod selectors;
mod shell;
mod sources;
mod sysfs;
mod udev;
mod udev_rule;
mod unit;
mod unraid;
mod xen;

pub use alias::alias_selector;
pub use cmdline::cmdline;
pub use driverctl::driverctl;
pub use files::Files;
pub use lists::bind_list;
pub use modprobe::modprobe;
pub use module_list::module_list;
pub use moved::Moved;
pub use old_setting::{Fate, NewSetting, OldSetting, SettingPlace};
pub use print::{ImportJson, configuration};
pub use proxmox::{ProxmoxNode, proxmox};
pub use reason::{Note, Removal, Why};
pub use script::script;
pub use shell::{Caller, Effects, Obstacle, ObstacleKind, Taken, Understood, understand};
pub use sources::{Import, read};
pub use udev::udev;
pub use unit::unit;
pub use unraid::unraid;
