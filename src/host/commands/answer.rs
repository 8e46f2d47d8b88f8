//! What several commands print: JSON, the doubts about a protect list, and that a command is for root alone.

use std::process::ExitCode;

use crate::cli::{UNSATISFIED, print_error, print_json};
use crate::host::protect::Remark;
use crate::sys::Root;

/// Prints a value as JSON, one line.
pub(super) fn json(value: &impl serde::Serialize) -> ExitCode {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    print_json(&text)
}

/// Reports that a command is for root alone, where it would change the running system and another user runs it.
pub(super) fn refuse_others(root: &Root, command: &str) -> Option<ExitCode> {
    let allowed = !root.is_system() || nix::unistd::Uid::effective().is_root();
    let text = "only root may take a device from its driver; nothing is done";
    (!allowed).then(|| print_error(&format!("{command}: {text}"), UNSATISFIED))
}

/// Reports what a protect list may lack.
pub(super) fn doubt(command: &str, doubts: &[Remark]) {
    for doubt in doubts {
        print_error(&format!("{command}: {doubt}"), 0);
    }
}
