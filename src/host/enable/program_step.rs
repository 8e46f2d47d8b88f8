//! A program of the system is run, its output shown as it comes.

use std::time::{Duration, Instant};

use super::invocation::Invocation;
use super::step::Step;
use crate::cli::{print, print_error};
use crate::sys::Root;

/// How often a program that goes on is mentioned.
const PERIOD: Duration = Duration::from_secs(10);

/// A program that is run, and what undoes what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramStep {
    /// What is run.
    pub run: Invocation,
    /// What undoes it; `None` where running the same once more does, after what came before it has been undone.
    pub undo: Option<Invocation>,
}

impl Step for ProgramStep {
    fn lines(&self) -> Vec<String> {
        vec![format!("run {}", self.run)]
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        run(root, &self.run)
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        match &self.undo {
            Some(undo) => run(root, undo),
            None => Ok(()),
        }
    }
}

/// Runs a program where its user can follow it.
pub fn run(root: &Root, invocation: &Invocation) -> Result<(), String> {
    let arguments: Vec<&str> = invocation.arguments.iter().map(String::as_str).collect();
    let program = invocation.program;
    print(&format!("running {invocation}\n"));
    let start = Instant::now();
    let mut next = PERIOD;
    let run = root.run_shown(program, &arguments, &mut |elapsed| {
        if elapsed >= next {
            next = elapsed.saturating_add(PERIOD);
            let text = format!("{program} has been running for {} s", elapsed.as_secs());
            print_error(&text, 0);
        }
    });
    let elapsed = start.elapsed();
    let seconds = format!("{}.{} s", elapsed.as_secs(), elapsed.subsec_millis() / 100);
    match run {
        Ok(()) => {
            print(&format!("{program} has ended after {seconds}\n"));
            Ok(())
        }
        Err(error) => Err(format!("{error} (after {seconds})")),
    }
}
