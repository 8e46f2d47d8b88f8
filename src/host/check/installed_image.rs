//! An image that is in /boot, and what was read of it.

use super::contents::Contents;

/// An image, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledImage {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub contents: Contents,
}

impl InstalledImage {
    /// Whether it is for the kernel `release`, where that is known.
    pub(super) fn is_for(&self, release: &str) -> Option<bool> {
        let contents = &self.contents;
        match (&contents.release, contents.some_release()) {
            (Some(named), _) => Some(named == release),
            (None, Some(_)) => Some(contents.has_release(release)),
            (None, None) => self.path.contains(release).then_some(true),
        }
    }
}
