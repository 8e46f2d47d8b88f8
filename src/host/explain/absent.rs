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
    kernel_log: &KernelLines,
    look: &Terminal,
) -> String {
    let reported = report.and_then(|report| report.device(address));
    let lines = match kernel_log {
        KernelLines::Lines(lines) if !lines.is_empty() => kernel_log.lines(),
        _ => Vec::new(),
    };
    if reported.is_none() && lines.is_empty() {
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
