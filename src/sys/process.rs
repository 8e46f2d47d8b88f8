//! Runs another program to its end, or as long as it may take.
//!
//! Source: pipe(7). A program that asks the kernel about a pool whose disks are gone can wait for ever, and nothing
//! ends it, so it is not waited for either.
#![allow(
    clippy::disallowed_methods,
    reason = "the programs that Root starts are started here"
)]

use std::io::{Error, ErrorKind, Read, Result};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// The same for a program whose user waits for minutes.
const TICK: Duration = Duration::from_millis(50);

/// What a program prints, in the C locale.
///
/// Errors where it fails, with the first line that it prints on standard error, and where it is not done within `limit`.
pub(super) fn output(path: &Path, arguments: &[&str], limit: Option<Duration>) -> Result<Vec<u8>> {
    let end = limit.map(|limit| (limit, Instant::now() + limit));
    let mut child = Command::new(path)
        .args(arguments)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let printed = drain(child.stdout.take(), end);
    let both = printed.and_then(|printed| Ok((printed, drain(child.stderr.take(), end)?)));
    let (printed, errors) = both.inspect_err(|_| drop(child.kill()))?;
    let status = child.wait()?;
    if status.success() {
        return Ok(printed);
    }
    let errors = String::from_utf8_lossy(&errors);
    let line = errors.lines().next().unwrap_or("no message");
    Err(Error::other(format!("{status}: {line}")))
}

/// Where a program that we start looks for others, whatever our own caller had.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs a program to its end. It prints where we print and is not ended with us; `tick` gets the time that it has taken.
///
/// Errors where it fails.
pub(super) fn run_shown(
    path: &Path,
    arguments: &[&str],
    tick: &mut dyn FnMut(Duration),
) -> Result<()> {
    let start = Instant::now();
    let mut child = Command::new(path)
        .args(arguments)
        .env("PATH", SEARCH_PATH)
        .stdin(Stdio::null())
        .spawn()?;
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(Error::other(status.to_string())),
            None => tick(start.elapsed()),
        }
        sleep(TICK);
    }
}

/// All that comes out of a pipe until no process has it open for writing.
fn drain(pipe: Option<impl Read + AsFd>, end: Option<(Duration, Instant)>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let Some(mut pipe) = pipe else {
        return Ok(bytes);
    };
    let Some((limit, end)) = end else {
        pipe.read_to_end(&mut bytes)?;
        return Ok(bytes);
    };
    fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    loop {
        match pipe.read_to_end(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < end => {
                sleep(PAUSE);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let milliseconds = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
                let text = format!("no answer within {milliseconds} ms");
                return Err(Error::other(text));
            }
            Err(error) => return Err(error),
            Ok(_) => return Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, milliseconds: u64) -> std::result::Result<String, String> {
        let limit = Some(Duration::from_millis(milliseconds));
        output(Path::new("/bin/sh"), &["-c", script], limit)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_program_that_is_slow_is_not_waited_for() {
        let start = Instant::now();
        let seen = shell("echo early; exec sleep 60", 50);
        assert_eq!(seen, Err("no answer within 50 ms".to_owned()));
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn all_that_is_printed_arrives() {
        let long = shell("printf %200000s; sleep 0.1; echo end", 20_000);
        assert_eq!(long.as_ref().map(String::len), Ok(200_004));
        let failed = shell("echo why >&2; exit 3", 20_000);
        assert_eq!(failed, Err("exit status: 3: why".to_owned()));
    }
}
