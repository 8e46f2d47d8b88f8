//! What of a machine was printed, so that what is missing can be told from what is absent.

/// What a text shows to have been printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    /// `-v`: programming interfaces and the buses behind bridges.
    pub(super) verbose: bool,
    /// `-vv` by root: capabilities in full.
    pub(super) capabilities: bool,
    pub(super) subsystems: bool,
    pub(super) drivers: bool,
    pub(super) groups: bool,
}

impl Shown {
    /// What is in one of the two.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            verbose: self.verbose || other.verbose,
            capabilities: self.capabilities || other.capabilities,
            subsystems: self.subsystems || other.subsystems,
            drivers: self.drivers || other.drivers,
            groups: self.groups || other.groups,
        }
    }
}
