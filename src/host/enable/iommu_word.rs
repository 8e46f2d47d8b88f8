//! The word that the IOMMU needs on the kernel command line, where it is in use without it on no boot.

use super::facts::Facts;
use super::file_step::{CONFIGURATION, FileStep};
use super::invocation::Invocation;
use super::loader::{Loader, Way};
use super::program_step::ProgramStep;
use super::step::Step;
use crate::plan::IommuCause;
use crate::sys::Root;
use crate::sys::boot_setup::{CMDLINE_FILE, DRACUT_FILE, GRUB_FILE};

/// The word that is missing, where one is.
pub fn missing_word(cause: Option<&IommuCause>) -> Option<&'static str> {
    match cause {
        Some(IommuCause::IntelNotUsed {
            by_default: None | Some(false),
        }) => Some("intel_iommu=on"),
        _ => None,
    }
}

/// The way by which `word` gets onto the command line of this system.
pub fn way(facts: &Facts, word: &str) -> Way {
    Loader::of(facts).add(facts, word)
}

/// The steps of a way; `None` where only the machine's owner can go it.
pub fn steps(root: &Root, way: Way) -> Result<Option<Vec<Box<dyn Step>>>, String> {
    match way {
        Way::ByHand(_) => Ok(None),
        Way::Programs(programs) => {
            let step = |program| Box::new(program) as Box<dyn Step>;
            Ok(Some(programs.into_iter().map(step).collect()))
        }
        Way::File { file, then } => {
            let file = FileStep::read(root, file.path, file.mode, file.after)?;
            let mut steps: Vec<Box<dyn Step>> = Vec::new();
            // Undone last: then the programs read what was there before.
            steps.extend(
                then.iter()
                    .map(|run| Box::new(Again(run.clone())) as Box<dyn Step>),
            );
            if file.before != file.after {
                steps.push(Box::new(file));
            }
            let program = |run| ProgramStep { run, undo: None };
            let programs = then.into_iter().map(program);
            steps.extend(programs.map(|program| Box::new(program) as Box<dyn Step>));
            Ok(Some(steps))
        }
    }
}

/// The steps that take away again the files which have the word; where programs wrote it, only the machine's owner knows
/// whether it is still wanted.
pub fn removal(root: &Root) -> Result<Vec<Box<dyn Step>>, String> {
    let mut steps: Vec<Box<dyn Step>> = Vec::new();
    for path in [GRUB_FILE, CMDLINE_FILE, DRACUT_FILE] {
        let file = FileStep::read(root, path, CONFIGURATION, None)?;
        if file.before.is_none() {
            continue;
        }
        let grub = path == GRUB_FILE && root.find_program("update-grub").is_some();
        let run = Invocation::new("update-grub", &[]);
        if grub {
            steps.push(Box::new(Again(run.clone())));
        }
        steps.push(Box::new(file));
        if grub {
            steps.push(Box::new(ProgramStep { run, undo: None }));
        }
    }
    Ok(steps)
}

/// Runs a program only where all is undone.
struct Again(Invocation);

impl Step for Again {
    fn lines(&self) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, _: &Root) -> Result<(), String> {
        Ok(())
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        super::program_step::run(root, &self.0)
    }
}
