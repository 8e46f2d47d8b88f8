//! A selector as it was written, and where.

use std::fmt;

use super::selector::Selector;
use crate::pci::DriverName;

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// `cmdline`, or the name of the configuration file.
    pub source: String,
    /// The key, with its prefix on the command line.
    pub key: String,
}

impl Origin {
    /// How messages call the key: with its file, where it is in one.
    pub fn label(&self) -> String {
        match self.source.as_str() {
            "cmdline" => self.key.clone(),
            file => format!("{file}: {}", self.key),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.key)
    }
}

/// One selector and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedSelector {
    /// The selector as it was written.
    pub text: String,
    /// Where.
    pub origin: Origin,
    /// What it names.
    pub selector: Selector,
    /// The driver that its key implies.
    pub driver: Option<DriverName>,
}
