//! The logger: the kernel log at boot, standard error elsewhere.
//!
//! Source: `devkmsg_write()` in Linux's kernel/printk/printk.c: lines over about 1000 bytes are refused, and more than
//! ten in five seconds are dropped unless `printk.devkmsg=on`.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the logger is the other way out"
)]

use std::io::Write;

use ::log::{Level, LevelFilter, Log, Metadata, Record};
use kernlog::KernelLog;

use crate::escape::is_hidden;
use crate::sys::{Root, SysPath};

/// The kernel refuses longer lines; its own prefix and ours take the rest.
const LONGEST: usize = 900;

/// Where messages go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// The kernel log, or standard error where that cannot be opened.
    Kernel,
    /// Standard error.
    Stderr,
}

struct Logger {
    kernel: Option<KernelLog>,
    level: LevelFilter,
    /// Whether the kernel takes more than ten lines from us.
    unlimited: bool,
}

/// Sets the logger up once; later calls change nothing.
pub fn start(root: &Root, sink: Sink, level: LevelFilter) {
    let kernel = match sink {
        Sink::Kernel if root.is_system() => KernelLog::with_level(level).ok(),
        _ => None,
    };
    let mode = if kernel.is_some() {
        root.attribute(SysPath::PrintkDevkmsg).unwrap_or_default()
    } else {
        b"on".to_vec()
    };
    let unlimited = mode.starts_with(b"on");
    if ::log::set_boxed_logger(Box::new(Logger {
        kernel,
        level,
        unlimited,
    }))
    .is_ok()
    {
        ::log::set_max_level(level);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.level && (metadata.level() < Level::Debug || self.unlimited)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = one_line(&record.args().to_string());
        match &self.kernel {
            Some(kernel) => kernel.log(
                &Record::builder()
                    .level(record.level())
                    .target(record.target())
                    .args(format_args!("{line}"))
                    .build(),
            ),
            None => {
                let _ = writeln!(std::io::stderr(), "{}: {line}", record.target());
            }
        }
    }

    fn flush(&self) {}
}

/// Makes one line of at most [`LONGEST`] bytes: hidden characters, which a file name may hold, are shown as `?`.
fn one_line(text: &str) -> String {
    let mut line: String = text
        .chars()
        .map(|c| if is_hidden(c) { '?' } else { c })
        .collect();
    if line.len() > LONGEST {
        let end = (0..=LONGEST)
            .rev()
            .find(|at| line.is_char_boundary(*at))
            .unwrap_or(0);
        line.truncate(end);
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line_of_a_length_that_the_kernel_takes() {
        assert_eq!(one_line("a\nb\x1b[2J"), "a?b?[2J");
        let long = one_line(&"ä".repeat(1000));
        assert!(long.len() <= LONGEST + 3 && long.ends_with("ä..."));
    }
}
