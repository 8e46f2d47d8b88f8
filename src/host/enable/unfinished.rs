//! What was there before, kept until all is done: the settings, and copies of the images.
//!
//! Invariant: the file of the settings is written after the last copy, and removed before the first. So while it is there
//! the copies are whole, and are those of the last state that was good, also where the program was killed and runs again.

use super::facts::Kernel;
use super::step::Step;
use crate::sys::Root;
use crate::sys::SysPath;
use crate::sys::boot_setup::{KEPT_IMAGES, UNFINISHED};

const MODE: u32 = 0o600;
/// The first line of the file where there were settings, and where there were none.
const PRESENT: &str = "present\n";
const ABSENT: &str = "absent\n";

/// The settings as they were before a change that has not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The settings; `None` where there were none.
    pub before: Option<Vec<u8>>,
}

impl Unfinished {
    /// Reads whether a change has not come to its end.
    pub fn read(root: &Root) -> Result<Option<Self>, String> {
        let read = root.read(SysPath::Named(UNFINISHED));
        let bytes = read.map_err(|error| error.to_string())?;
        Ok(bytes.map(|bytes| Self {
            before: bytes.strip_prefix(PRESENT.as_bytes()).map(<[u8]>::to_vec),
        }))
    }

    fn to_bytes(&self) -> Vec<u8> {
        match &self.before {
            Some(bytes) => [PRESENT.as_bytes(), bytes].concat(),
            None => ABSENT.as_bytes().to_vec(),
        }
    }
}

/// Keeps what is there before anything is changed. It is given up when the last step is done, or all are undone.
#[derive(Clone, Debug)]
pub struct KeepStep {
    /// The settings as they are.
    pub before: Option<Vec<u8>>,
    /// The images to copy; none where the system keeps the old ones itself.
    pub images: Vec<String>,
    /// Whether all is there already, from an attempt that has not come to its end.
    pub kept: bool,
}

impl Step for KeepStep {
    fn lines(&self) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        if self.kept {
            return Ok(());
        }
        forget_images(root)?;
        for image in &self.images {
            let copied = root.copy(SysPath::Named(image), SysPath::Named(&copy_of(image)));
            copied.map_err(|error| error.to_string())?;
        }
        let before = self.before.clone();
        let bytes = Unfinished { before }.to_bytes();
        let put = root.put(SysPath::Named(UNFINISHED), MODE, &bytes);
        put.map_err(|error| error.to_string())
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        forget(root)
    }
}

/// Removes copies that were left where the program was killed after its last change; not while they are needed.
///
/// An error where they cannot be removed.
pub fn forget_leftovers(root: &Root) -> Result<(), String> {
    match Unfinished::read(root)? {
        Some(_) => Ok(()),
        None => forget_images(root),
    }
}

/// The end of a change: what was there before is no longer kept.
#[derive(Clone, Copy, Debug)]
pub struct ForgetStep;

impl Step for ForgetStep {
    fn lines(&self) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        forget(root)
    }

    fn undo(&self, _: &Root) -> Result<(), String> {
        Ok(())
    }
}

fn forget(root: &Root) -> Result<(), String> {
    let removed = root.remove(SysPath::Named(UNFINISHED));
    removed.map_err(|error| error.to_string())?;
    forget_images(root)
}

fn forget_images(root: &Root) -> Result<(), String> {
    for name in kept(root)? {
        let path = format!("{KEPT_IMAGES}/{name}");
        let removed = root.remove(SysPath::Named(&path));
        removed.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// The names of the copies.
fn kept(root: &Root) -> Result<Vec<String>, String> {
    let list = root.list(SysPath::Named(KEPT_IMAGES));
    list.map_err(|error| error.to_string())
}

/// Where the copy of an image is: no file name has a slash in it.
fn copy_of(image: &str) -> String {
    format!("{KEPT_IMAGES}/{}", image.replace('/', "%"))
}

/// Puts the copies of images back where these are no longer the same.
pub(super) fn restore_images(root: &Root) -> Result<(), String> {
    let mut failed = Vec::new();
    for name in kept(root)? {
        // A draft of a copy that was not made to its end.
        if !name.starts_with('%') {
            continue;
        }
        let (copy, image) = (format!("{KEPT_IMAGES}/{name}"), name.replace('%', "/"));
        let (copy, place) = (SysPath::Named(&copy), SysPath::Named(&image));
        if root.is_equal(copy, place) {
            continue;
        }
        let restored = root.copy(copy, place).or_else(|_| {
            // Perhaps there is room for it once the other is gone.
            root.remove(place)?;
            root.copy(copy, place)
        });
        failed.extend(restored.err().map(|error| error.to_string()));
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("; "))
    }
}

/// Every image of these kernels, each once.
pub(super) fn images_of(kernels: &[Kernel]) -> Vec<String> {
    let mut images: Vec<String> = kernels
        .iter()
        .flat_map(|kernel| kernel.images.iter().cloned())
        .collect();
    images.sort_unstable();
    images.dedup();
    images
}
