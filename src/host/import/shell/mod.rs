//! Reads shell scripts: what they do to devices is understood in full, or not at all.
//!
//! A script is followed command by command with the values that it gives its variables. Where what it does depends on
//! something that cannot be known here, it is not understood; nothing is guessed.

mod compound;
#[cfg(test)]
mod display_tests;
mod effects;
mod expand;
mod filter;
mod follow;
mod language;
mod loops;
mod named;
mod obstacle;
mod parse;
mod program;
mod run;
mod shell;
mod simple;
mod simple_command;
mod state;
mod syntax;
mod test;
#[cfg(test)]
mod tests;
mod understood;
mod value;
mod words;

pub use effects::{Effects, Taken};
pub use follow::{Caller, understand};
pub(super) use follow::{understand_action, understand_command, written};
pub(super) use language::{Language, language};
pub(super) use named::named;
pub use obstacle::{Obstacle, ObstacleKind};
pub use understood::Understood;
