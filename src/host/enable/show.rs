//! What is to be done, as its user reads it before anything is changed.

use std::fmt::Write;

use super::step::Step;
use crate::escape::escaped;

/// The steps, a line each.
pub fn show(steps: &[Box<dyn Step>]) -> String {
    let mut text = "what is done:\n".to_owned();
    for line in steps.iter().flat_map(|step| step.lines()) {
        let _ = writeln!(text, "  {}", escaped(&line));
    }
    text
}
