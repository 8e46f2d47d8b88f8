//! A script on its way, and what it has at one point of it.

use std::collections::BTreeMap;

use super::effects::Effects;
use super::obstacle::{Obstacle, ObstacleKind};
use super::syntax::Command;
use super::understood::Understood;

/// Where a script goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
    Return,
    Exit,
}

/// Whether a command succeeded, where that is known, and where the script goes on.
pub(super) type Ran = (Option<bool>, Flow);

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

/// A script on its way.
pub(super) struct Shell<'a> {
    /// The text of a file on this machine.
    pub(super) load: &'a dyn Fn(&str) -> Option<String>,
    /// Whether braces are expanded.
    pub(super) bash: bool,
    /// Whether it may run no program that is not known.
    pub(super) strict: bool,
    pub(super) state: State,
    pub(super) line: usize,
    /// How many commands were followed.
    pub(super) steps: usize,
}

impl<'a> Shell<'a> {
    pub(super) fn new(load: &'a dyn Fn(&str) -> Option<String>, bash: bool) -> Self {
        Self {
            load,
            bash,
            strict: false,
            state: State::default(),
            line: 1,
            steps: 0,
        }
    }

    pub(super) fn into_understood(self) -> Understood {
        Understood {
            effects: self.state.effects,
            unbound: self.state.unbound,
        }
    }

    pub(super) fn obstacle(&self, kind: ObstacleKind) -> Obstacle {
        Obstacle::new(self.line, kind)
    }
}
