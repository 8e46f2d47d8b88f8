//! What the [model](super::model) finds in its files: paths through links, devices, their drivers and overrides.

use std::io::Result;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;

use super::kernel::{Kernel, fail};
use super::model::ROOT;
use super::tree::Node;

impl Kernel {
    /// Follows every link on the way, and the last one where `last`.
    pub fn resolve(&self, path: &Path, last: bool) -> Result<PathBuf> {
        let path = path.strip_prefix(ROOT).unwrap_or(path);
        // Directories above a file that is there are no links.
        match self.tree.0.get(path) {
            None => {}
            Some(Node::Link(_)) if last => {}
            Some(_) => return Ok(path.to_owned()),
        }
        let mut done = PathBuf::new();
        let parts: Vec<_> = path.components().collect();
        for (index, part) in parts.iter().enumerate() {
            match part {
                Component::ParentDir => drop(done.pop()),
                Component::Normal(name) => done.push(name),
                _ => {}
            }
            let follow = last || index + 1 < parts.len();
            if let (Some(Node::Link(target)), true) = (self.tree.0.get(&done), follow) {
                done = self.resolve(&done.parent().unwrap().join(target), true)?;
            }
        }
        if self.tree.0.contains_key(&done) {
            Ok(done)
        } else {
            fail(Errno::ENOENT)
        }
    }

    pub(super) fn dir_of(&self, address: &str) -> Result<PathBuf> {
        let found = self.resolve(&Path::new("sys/bus/pci/devices").join(address), true);
        found.or_else(|_| fail(Errno::ENODEV))
    }

    pub fn driver_of(&self, address: &str) -> Option<String> {
        match self
            .tree
            .0
            .get(&self.dir_of(address).ok()?.join("driver"))?
        {
            Node::Link(target) => Some(target.rsplit('/').next()?.to_owned()),
            _ => None,
        }
    }

    pub(super) fn override_of(&self, address: &str) -> Option<String> {
        match self
            .tree
            .0
            .get(&self.dir_of(address).ok()?.join("driver_override"))?
        {
            Node::File(text) => Some(String::from_utf8_lossy(text).trim_end().to_owned())
                .filter(|name| name != "(null)"),
            _ => None,
        }
    }

    pub(super) fn is_registered(&self, driver: &str) -> bool {
        self.tree
            .0
            .contains_key(&Path::new("sys/bus/pci/drivers").join(driver))
    }

    pub fn addresses(&self) -> Vec<String> {
        let dir = Path::new("sys/bus/pci/devices");
        let below = self.tree.0.keys().filter(|path| path.parent() == Some(dir));
        below
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    }
}
