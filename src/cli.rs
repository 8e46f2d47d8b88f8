//! What the command lines of both builds have in common: exit status, standard output and standard error.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::errno::Errno;

use crate::escape::{escaped, escaped_json, escaped_lines};

/// Exit status: something asked for was not done.
pub const UNSATISFIED: u8 = 2;

/// Exit status: the arguments make no sense.
pub const BAD_USAGE: u8 = 1;

/// Whether standard output could not take something.
static LOST: AtomicBool = AtomicBool::new(false);

/// Prints text for people to standard output, which others may have written parts of; see [`print_bytes`].
pub fn print(text: &str) -> ExitCode {
    print_bytes(escaped_lines(text).as_bytes())
}

/// Prints JSON to standard output; see [`print_bytes`].
pub fn print_json(text: &str) -> ExitCode {
    print_bytes(escaped_json(text).as_bytes())
}

/// Prints to standard output; what it cannot take is an error, see [`finish`]. A reader that went away is none.
pub fn print_bytes(bytes: &[u8]) -> ExitCode {
    let mut output = std::io::stdout().lock();
    match output.write_all(bytes).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            LOST.store(true, Ordering::Relaxed);
            let reason = error.raw_os_error().map(Errno::from_raw);
            let reason = reason.map_or_else(|| error.to_string(), |errno| errno.desc().to_owned());
            let text = format!("cannot write to standard output: {reason}");
            print_error(&text, UNSATISFIED)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The exit status of the program, whose command ends with `status`: not that where output was lost.
pub fn finish(status: ExitCode) -> ExitCode {
    if LOST.load(Ordering::Relaxed) {
        ExitCode::from(UNSATISFIED)
    } else {
        status
    }
}

/// Prints a message, which is one line, to standard error and returns `status`.
pub fn print_error(text: &str, status: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "vfio-early: {}", escaped(text));
    ExitCode::from(status)
}

/// Prints what argh has against `words`, which can be several lines and quotes them.
pub fn refuse_arguments(text: &str, words: &[&str]) -> ExitCode {
    let quote = |text: String, word: &&str| text.replace(*word, &escaped(word));
    let hidden = words.iter().filter(|word| escaped(word) != **word);
    let text = hidden.fold(text.trim_end().to_owned(), quote);
    let _ = writeln!(std::io::stderr(), "vfio-early: {}", escaped_lines(&text));
    ExitCode::from(BAD_USAGE)
}

/// Prints what is wrong with the arguments.
pub fn usage(text: &str) -> ExitCode {
    print_error(text, BAD_USAGE)
}
