//! Files of which it matters whether they are absent or cannot be read: what is configured may forbid a claim.
//!
//! Source: open(2): ENOENT means a missing file as well as a link that leads nowhere.

use super::error::Result;
use super::path::SysPath;
use super::root::Root;

impl Root {
    /// A whole file; `None` only where nothing has its name: a link that leads nowhere is an error.
    pub fn read_present(&self, place: SysPath<'_>) -> Result<Option<Vec<u8>>> {
        match self.read(place)? {
            None if self.exists(place) => Err(self.absent("read", place)),
            text => Ok(text),
        }
    }

    /// The names in a directory in name order; empty only where it is empty or nothing has its name: a link that leads
    /// nowhere is an error.
    pub fn list_present(&self, place: SysPath<'_>) -> Result<Vec<String>> {
        let names = self.list(place)?;
        let leads = || self.io.identity(&self.path(place)).is_ok();
        if names.is_empty() && self.exists(place) && !leads() {
            return Err(self.absent("list", place));
        }
        Ok(names)
    }
}
