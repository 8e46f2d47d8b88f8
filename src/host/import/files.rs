//! The files of this machine that settings stand in. What is there and cannot be read is put down.

use std::cell::RefCell;

use super::old_setting::SettingPlace;
use crate::pci::Address;
use crate::sys::{Root, SysPath};

/// The files below a root.
#[derive(Debug)]
pub struct Files<'a> {
    root: &'a Root,
    unread: RefCell<Vec<String>>,
}

impl<'a> Files<'a> {
    /// The files below `root`.
    pub fn new(root: &'a Root) -> Self {
        let unread = RefCell::default();
        Self { root, unread }
    }

    pub(super) fn root(&self) -> &'a Root {
        self.root
    }

    /// What could not be read so far, a message each.
    pub(super) fn into_unread(self) -> Vec<String> {
        self.unread.into_inner()
    }

    pub(super) fn put_down(&self, error: impl ToString) {
        self.unread.borrow_mut().push(error.to_string());
    }

    /// A file as text; `None` where it is not there, or cannot be read.
    pub(super) fn read(&self, place: SysPath<'_>) -> Option<String> {
        match self.root.read(place) {
            Ok(text) => Some(String::from_utf8_lossy(&text?).into_owned()),
            Err(error) => {
                self.put_down(error);
                None
            }
        }
    }

    /// The same by its path on the running system.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        self.read(SysPath::Named(path))
    }

    /// The names in a directory; none where it is not there, or cannot be read.
    pub(super) fn list(&self, place: SysPath<'_>) -> Vec<String> {
        self.root.list(place).unwrap_or_else(|error| {
            self.put_down(error);
            Vec::new()
        })
    }

    /// The files below a directory or file, at most `depth` directories down. A directory that leads to one that was
    /// looked at is passed over.
    pub(super) fn below(&self, top: &str, depth: usize) -> Vec<String> {
        let Ok(names) = self.root.list(SysPath::Named(top)) else {
            // No directory.
            return vec![top.to_owned()];
        };
        let mut files = Vec::new();
        for name in names {
            let path = format!("{top}/{name}");
            if depth > 0 {
                files.extend(self.below(&path, depth - 1));
            } else {
                files.push(path);
            }
        }
        files
    }

    /// The files of several directories. One with a name that an earlier directory has is hidden by that.
    pub(super) fn of_dirs(&self, dirs: &[&str]) -> Vec<String> {
        let mut files: Vec<(String, String)> = Vec::new();
        for dir in dirs {
            for name in self.root.list(SysPath::Named(dir)).unwrap_or_default() {
                if !files.iter().any(|(other, _)| *other == name) {
                    files.push((name.clone(), format!("{dir}/{name}")));
                }
            }
        }
        files.into_iter().map(|(_, path)| path).collect()
    }

    /// Whether two paths lead to one file.
    pub(super) fn is_same(&self, one: &str, other: &str) -> bool {
        let same = self
            .root
            .is_same(SysPath::Named(one), SysPath::Named(other));
        same == Some(true)
    }

    /// A file that a script takes in; what cannot be read is as good as not there.
    pub(super) fn load(&self, path: &str) -> Option<String> {
        let text = self.root.read(SysPath::Named(path)).ok()??;
        String::from_utf8(text).ok()
    }

    /// The device of a network interface.
    pub(super) fn interface(&self, name: &str) -> Option<Address> {
        let link = self.root.link(SysPath::ClassEntry("net", name)).ok()??;
        let mut parts = link.rsplit('/');
        parts.find_map(|part| part.parse().ok())
    }
}

impl SettingPlace {
    /// A file by its path on the running system.
    pub(super) fn file(path: &str) -> Self {
        Self::File(path.to_owned())
    }
}
