//! The steps of a change, in their order: what was there before is kept, the settings come before the images, and what was
//! kept is given up last. A step of another kind has its place in [`Change::steps`].

use super::facts::Facts;
use super::file_step::{CONFIGURATION, FileStep};
use super::generation::Generation;
use super::image_check::LookStep;
use super::image_step::ImageStep;
use super::step::Step;
use super::unfinished::{ForgetStep, KeepStep, Unfinished, images_of};
use crate::sys::boot_setup::ENABLED;
use crate::sys::{Root, SysPath};

/// A change of the settings, and what it needs.
pub struct Change<'a> {
    /// What the system has.
    pub facts: &'a Facts,
    /// How its images are made.
    pub generation: Generation,
    /// The settings before; `None` where there are none.
    pub before: Option<Vec<u8>>,
    /// The settings afterwards.
    pub after: Option<Vec<u8>>,
    /// A change that has not come to its end.
    pub unfinished: Option<Unfinished>,
    /// What gets a word onto the kernel command line, or takes one away.
    pub words: Vec<Box<dyn Step>>,
    /// What is done once the images are made.
    pub last: Vec<Box<dyn Step>>,
}

/// What a new image may have more than the old one, in bytes.
const GROWTH: u64 = 16 << 20;

impl Change<'_> {
    /// The step that looks into the images; none where they are made by the system itself.
    pub fn look(&self) -> Option<LookStep> {
        self.generation.back.is_none().then(|| LookStep {
            kernels: self.facts.kernels.clone(),
            settings: self.after.clone(),
            universal: self.facts.universal,
        })
    }

    /// Whether there is room for what is written.
    ///
    /// An error names the file system that is too full.
    pub fn check_room(&self, root: &Root) -> Result<(), String> {
        if self.generation.back.is_some() {
            return Ok(());
        }
        let mut copies = 0_u64;
        for image in images_of(&self.facts.kernels) {
            let length = root.length(SysPath::Named(&image));
            let length = length.map_err(|error| error.to_string())?;
            copies = copies.saturating_add(length);
            let dir = image.rsplit_once('/').map_or("/", |(dir, _)| dir);
            let beside = if self.generation.beside { length } else { 0 };
            has_room(root, dir, beside.saturating_add(GROWTH))?;
        }
        let kept = self.unfinished.is_some();
        let needed = if kept { 0 } else { copies };
        has_room(root, crate::sys::boot_setup::STATE_DIR, needed)
    }

    /// The steps, in their order.
    pub fn steps(self) -> Vec<Box<dyn Step>> {
        let look = self.look();
        let kept = self.unfinished.is_some();
        let known = self.unfinished.and_then(|unfinished| unfinished.before);
        let before = if kept { known } else { self.before };
        let images = match self.generation.back {
            Some(_) => Vec::new(),
            None => images_of(&self.facts.kernels),
        };
        let mut steps: Vec<Box<dyn Step>> = vec![Box::new(KeepStep {
            before: before.clone(),
            images,
            kept,
        })];
        steps.extend(self.words);
        steps.push(Box::new(FileStep {
            path: ENABLED.into(),
            mode: CONFIGURATION,
            before,
            after: self.after,
        }));
        steps.push(Box::new(ImageStep(self.generation)));
        steps.extend(look.map(|look| Box::new(look) as Box<dyn Step>));
        steps.extend(self.last);
        steps.push(Box::new(ForgetStep));
        steps
    }
}

/// An error where the file system of `dir` does not have room for `needed` bytes.
fn has_room(root: &Root, dir: &str, needed: u64) -> Result<(), String> {
    let free = root.free_space(SysPath::Named(dir));
    let free = free.map_err(|error| error.to_string())?;
    if free >= needed {
        return Ok(());
    }
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    Err(format!(
        "{dir} has {} MiB free, and {} MiB are needed; remove an old kernel, or make room",
        free >> 20,
        mib(needed)
    ))
}
