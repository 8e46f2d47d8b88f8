//! The settings of other tools that are about devices, and what becomes of each as a configuration of ours.
//!
//! Source: the formats that the head of each file names.

mod cmdline;
mod driverctl;
mod modprobe;
mod old_setting;
mod print;
mod qubes;
mod reason;
mod script;
mod selectors;
mod shell;
mod sources;
mod unraid;
mod xen;

pub use cmdline::cmdline;
pub use driverctl::driverctl;
pub use modprobe::modprobe;
pub use old_setting::{Fate, NewSetting, OldSetting, SettingPlace};
pub use print::{ImportJson, configuration};
pub use reason::{Note, Removal, Why};
pub use script::script;
pub use shell::{Caller, Effects, Obstacle, ObstacleKind, Taken, Understood, understand};
pub use sources::{Import, read};
pub use unraid::unraid;
