//! Whether the images that were made have the settings in them: each is looked into after it was made.

use super::facts::Kernel;
use super::step::Step;
use crate::cli::{print, print_error};
use crate::host::check::{InstalledImage, images};
use crate::sys::Root;
use crate::sys::boot_setup::ENABLED;

/// Looks into the images of these kernels.
#[derive(Clone, Debug)]
pub struct LookStep {
    /// The kernels whose images were made.
    pub kernels: Vec<Kernel>,
    /// The settings that must be in them; `None` where they must not have any.
    pub settings: Option<Vec<u8>>,
    /// Whether the universal image is the first process.
    pub universal: bool,
}

/// What an image is like.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    /// It has the settings, and would use them.
    Fits,
    /// It has other settings, or would not use them.
    Differs(&'static str),
    /// It is cut off or damaged.
    Damaged(String),
    /// It cannot be read here.
    Unread(String),
}

impl LookStep {
    /// Whether every kernel has an image with the settings in it, and none that is damaged.
    pub fn fits(&self, root: &Root) -> bool {
        self.kernels
            .iter()
            .all(|kernel| self.look(root, kernel).is_ok_and(|notes| notes.is_empty()))
    }

    /// Looks into the images of one kernel; returns what is odd and no fault.
    fn look(&self, root: &Root, kernel: &Kernel) -> Result<Vec<String>, String> {
        let release = &kernel.release;
        let (images, mut notes) = images(root, release, self.universal);
        let mut fits = false;
        let mut faults = Vec::new();
        for image in &images {
            let path = &image.path;
            match self.verdict(image) {
                Verdict::Fits => fits = true,
                Verdict::Differs(fact) => faults.push(format!("{path} {fact}")),
                Verdict::Damaged(why) => {
                    return Err(format!("{path} is cut off or damaged: {why}"));
                }
                Verdict::Unread(why) => notes.push(format!("{path} cannot be looked into: {why}")),
            }
        }
        if fits || (faults.is_empty() && !notes.is_empty()) {
            // An image of another flavour, which no preset makes any more.
            notes.extend(faults);
            Ok(notes)
        } else if faults.is_empty() {
            Err(format!("no image of kernel {release} is there any more"))
        } else {
            Err(faults.join("; "))
        }
    }

    fn verdict(&self, image: &InstalledImage) -> Verdict {
        let contents = &image.contents;
        if let Some(why) = &contents.unread {
            return if contents.damaged {
                Verdict::Damaged(why.clone())
            } else {
                Verdict::Unread(why.clone())
            };
        }
        let found = contents.file(ENABLED.trim_start_matches('/'));
        let wanted = self.settings.as_ref();
        match (wanted, found) {
            (None, None) => Verdict::Fits,
            (None, Some(_)) => Verdict::Differs("still has the settings"),
            (Some(_), _) if !contents.has_program() => Verdict::Differs(
                "has no vfio-early in it; is its hook installed, and listed where the generator wants that?",
            ),
            (Some(_), _) if !contents.starts_it() && !self.universal => {
                Verdict::Differs("has vfio-early in it, and nothing that starts it")
            }
            (Some(_), None) => Verdict::Differs("does not have the settings"),
            (Some(wanted), Some(file)) if !file.link && file.bytes != *wanted => {
                Verdict::Differs("has other settings")
            }
            (Some(_), Some(_)) => Verdict::Fits,
        }
    }
}

impl Step for LookStep {
    fn lines(&self) -> Vec<String> {
        let releases = self.kernels.iter().map(|kernel| kernel.release.as_str());
        let releases: Vec<&str> = releases.collect();
        vec![format!("look into the images of {}", releases.join(", "))]
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        for kernel in &self.kernels {
            print(&format!("looking into the images of {}\n", kernel.release));
            for note in self.look(root, kernel)? {
                print_error(&note, 0);
            }
        }
        Ok(())
    }

    fn undo(&self, _: &Root) -> Result<(), String> {
        Ok(())
    }
}
