//! The variables of UEFI firmware, by their names.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::{Error, Result};
use super::path::SysPath;
use super::root::Root;

const FILE_SYSTEM: &str = "efivarfs";

impl Root {
    /// A variable of the firmware, attributes first; `None` where it does not exist.
    pub fn variable(&self, name: &str) -> Result<Option<Vec<u8>>> {
        match self.attribute(SysPath::EfiVariable(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a variable of the firmware, which need not exist, with one write.
    pub fn write_variable(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let place = SysPath::EfiVariable(name);
        self.at_place("write", place, |path| self.io.write_variable(path, bytes))
    }

    /// Deletes a variable of the firmware; `false` where it does not exist.
    pub fn remove_variable(&self, name: &str) -> Result<bool> {
        let place = SysPath::EfiVariable(name);
        match self.at_place("delete", place, |path| self.io.remove_variable(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    /// Whether the variables are mounted, or below another root whether their directory is there.
    pub fn has_variables(&self) -> bool {
        if !self.is_system() {
            return self.exists(SysPath::EfiVariables);
        }
        let device = |place| self.io.identity(&self.path(place)).ok().map(|(dev, _)| dev);
        let variables = device(SysPath::EfiVariables);
        variables.is_some() && variables != device(SysPath::Efi)
    }

    /// Mounts the variables; they must not be mounted.
    pub fn mount_variables(&self) -> Result<()> {
        let place = SysPath::EfiVariables;
        self.at_place("mount", place, |path| self.io.mount(FILE_SYSTEM, path))
    }

    /// Unmounts the variables.
    pub fn unmount_variables(&self) -> Result<()> {
        self.at_place("unmount", SysPath::EfiVariables, |path| {
            self.io.unmount(path)
        })
    }

    fn at_place(
        &self,
        verb: &'static str,
        place: SysPath<'_>,
        call: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<()> {
        let path = self.path(place);
        log::debug!(target: "vfio-early", "{verb} {}", path.display());
        call(&path).map_err(|source| Error { verb, path, source })
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own directory")]
mod tests {
    use crate::sys::{Root, SysPath};

    const NAME: &str = "Test-00000000-0000-0000-0000-000000000000";

    #[test]
    fn a_variable_is_written_read_and_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        assert_eq!(root.variable(NAME).unwrap(), None);
        assert!(root.write_variable(NAME, b"no directory").is_err());
        std::fs::create_dir_all(root.path(SysPath::EfiVariables)).unwrap();
        for value in [b"\x07\0\0\0one", b"\x07\0\0\0two"] {
            root.write_variable(NAME, value).unwrap();
            assert_eq!(root.variable(NAME).unwrap().as_deref(), Some(&value[..]));
        }
        assert!(root.remove_variable(NAME).unwrap());
        assert!(!root.remove_variable(NAME).unwrap());
        assert!(root.has_variables() && root.mount_variables().is_err());
    }
}
