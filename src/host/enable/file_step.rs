//! A file of the system is written or removed.

use std::borrow::Cow;

use super::step::Step;
use crate::sys::{Root, SysPath};

/// The mode of a configuration file that is new.
pub const CONFIGURATION: u32 = 0o644;

/// A file as it was before and as it will be; `None` where it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStep {
    /// Its path on the system.
    pub path: Cow<'static, str>,
    /// The permissions of a new file.
    pub mode: u32,
    /// What is in it before.
    pub before: Option<Vec<u8>>,
    /// What is in it afterwards.
    pub after: Option<Vec<u8>>,
}

impl FileStep {
    /// The change from what is in the file below `root` to `after`.
    pub fn read(
        root: &Root,
        path: impl Into<Cow<'static, str>>,
        mode: u32,
        after: Option<Vec<u8>>,
    ) -> Result<Self, String> {
        let path = path.into();
        let before = root.read(SysPath::Named(&path));
        Ok(Self {
            before: before.map_err(|error| error.to_string())?,
            path,
            mode,
            after,
        })
    }

    fn set(&self, root: &Root, contents: Option<&Vec<u8>>) -> Result<(), String> {
        let place = SysPath::Named(&self.path);
        let set = match contents {
            Some(bytes) => root.put(place, self.mode, bytes),
            None => root.remove(place),
        };
        set.map_err(|error| error.to_string())
    }
}

impl Step for FileStep {
    fn lines(&self) -> Vec<String> {
        match &self.after {
            None => vec![format!("remove {}", self.path)],
            Some(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                let contents = text.lines().map(|line| format!("  {line}"));
                [format!("write {}", self.path)]
                    .into_iter()
                    .chain(contents)
                    .collect()
            }
        }
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        self.set(root, self.after.as_ref())
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        self.set(root, self.before.as_ref())
    }
}
