//! What is known of a device that is not there, or not any more.

use super::kmsg::KernelLines;
use super::text::last_boot;
use crate::host::terminal::{Terminal, plain};
use crate::pci::Address;
use crate::report::Report;

/// The lines on it; none where it was never there.
pub fn absent(
    report: Option<&Report>,
    address: Address,
    heard: &KernelLines,
    look: &Terminal,
) -> String {
    let told = report.and_then(|report| report.device(address));
    let lines = match heard {
        KernelLines::Lines(said) if !said.is_empty() => heard.lines(),
        _ => Vec::new(),
    };
    if told.is_none() && lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{address}\n");
    let boot = look.beside(
        &[plain("  last boot  ")],
        &[plain(last_boot(report, address))],
    );
    text.push_str(&boot);
    for (index, line) in lines.into_iter().enumerate() {
        let label = match index {
            0 => "  kernel     ",
            _ => "             ",
        };
        text.push_str(&look.beside(&[plain(label)], &[line]));
    }
    text
}
