//! What a script has at one point of its way.

use std::collections::BTreeMap;

use super::effects::Effects;
use super::syntax::Command;

/// What a script has at one point of its way.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) variables: BTreeMap<String, Vec<String>>,
    pub(super) functions: BTreeMap<String, Command>,
    pub(super) arguments: Vec<String>,
    pub(super) effects: Effects,
    /// Devices that were taken from their drivers.
    pub(super) unbound: Vec<String>,
    /// What was written to standard output.
    pub(super) output: String,
    /// What stands on standard input.
    pub(super) input: Option<String>,
    /// The line from which on it is not known whether the script is still running.
    pub(super) doubt: Option<usize>,
    /// `boot_vga` of the device that a loop looks at.
    pub(super) boot_vga: Option<bool>,
    /// Whether this is a turn of a loop over devices.
    pub(super) is_turn: bool,
    /// How many functions and scripts call each other.
    pub(super) depth: usize,
}
