//! What the command lines of both builds have in common: exit status, standard output and standard error.

use std::io::Write;
use std::process::ExitCode;

/// Exit status: something asked for was not done.
pub const UNSATISFIED: u8 = 2;

/// Exit status: the arguments make no sense.
pub const BAD_USAGE: u8 = 1;

/// Prints to standard output; a reader that went away is no error.
pub fn print(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Prints a message to standard error and returns `status`.
pub fn print_error(text: &str, status: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "vfio-early: {text}");
    ExitCode::from(status)
}

/// Prints what is wrong with the arguments.
pub fn usage(text: &str) -> ExitCode {
    print_error(text, BAD_USAGE)
}
