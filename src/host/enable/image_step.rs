//! The images are made anew by the machine's own generator.

use super::generation::Generation;
use super::program_step::run;
use super::step::Step;
use super::unfinished::restore_images;
use crate::sys::Root;

/// Makes the images anew. Undone, the old ones are put back from their copies.
#[derive(Clone, Debug)]
pub struct ImageStep(pub Generation);

impl Step for ImageStep {
    fn lines(&self) -> Vec<String> {
        self.0.all().map(|one| format!("run {one}")).collect()
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        self.0.all().try_for_each(|one| run(root, one))
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        match &self.0.back {
            Some(back) => back.iter().try_for_each(|one| run(root, one)),
            None => {
                restore_images(root)?;
                self.0.publish.iter().try_for_each(|one| run(root, one))
            }
        }
    }
}
