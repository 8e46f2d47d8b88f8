//! Why a script is not understood.

use std::fmt;

/// What keeps a script from being understood in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub kind: ObstacleKind,
}

/// What this reader does not understand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// A construct that it does not know, or an unfinished one.
    Syntax,
    /// A condition that cannot be known here decides about devices.
    Condition,
    /// A loop over values that cannot be known here.
    Loop,
    /// A value that cannot be known here names devices.
    Value,
    /// A command that it does not know, and that is about devices.
    Command(String),
    /// It takes the display that the machine booted on.
    BootDisplay,
    /// It takes each device that some pattern finds.
    Pattern(String),
    /// It also gives devices to drivers of the host.
    HostDriver(String),
    /// It is too long, too deep, or does not end.
    Size,
}

impl Obstacle {
    pub(super) fn new(line: usize, kind: ObstacleKind) -> Self {
        Self { line, kind }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.kind {
            ObstacleKind::Syntax => f.write_str("the shell syntax there is not understood"),
            ObstacleKind::Condition => f.write_str(
                "a condition whose result is not known here decides which devices are taken",
            ),
            ObstacleKind::Loop => f.write_str(
                "a loop over values that are not known here decides which devices are taken",
            ),
            ObstacleKind::Value => {
                f.write_str("a value that is not known here decides which devices are taken")
            }
            ObstacleKind::Command(name) => {
                write!(
                    f,
                    "what the command {name} does with devices is not known here"
                )
            }
            ObstacleKind::BootDisplay => f.write_str(
                "it takes the display that the machine booted on, and no selector means that one",
            ),
            ObstacleKind::Pattern(pattern) => {
                write!(
                    f,
                    "it takes what {pattern} finds, and no selector means the same"
                )
            }
            ObstacleKind::HostDriver(name) => {
                write!(f, "it also gives devices to {name}, a driver of the host")
            }
            ObstacleKind::Size => f.write_str("the script is too large to be followed"),
        }
    }
}
