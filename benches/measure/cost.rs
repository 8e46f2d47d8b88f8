//! What a run costs besides time: system calls and memory.
//!
//! *Runs* the program under strace, or holds it at its last output and asks the kernel. Source: proc(5).

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::super::store::tool;

/// The system calls of `command` and of all it starts.
pub(crate) fn system_calls(command: &Command) -> usize {
    let log = NamedTempFile::new().unwrap();
    let mut strace = Command::new(tool("strace", "strace"));
    strace.args(["-f", "-c", "-o"]).arg(log.path());
    strace.arg(command.get_program()).args(command.get_args());
    strace.stdout(Stdio::null()).stderr(Stdio::null());
    strace.status().unwrap();
    let text = fs::read_to_string(log.path()).unwrap();
    // `% time  seconds  usecs/call  calls  [errors]  syscall`
    let calls = |line: &str| {
        let number: Option<usize> = line.split_whitespace().nth(3)?.parse().ok();
        number.filter(|_| !line.ends_with("total"))
    };
    let counted: Vec<usize> = text.lines().filter_map(calls).collect();
    assert!(!counted.is_empty(), "strace counted nothing: {text}");
    counted.iter().sum()
}

/// Which output of a program is written when its work is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LastWord {
    Stdout,
    Stderr,
}

/// The peak memory of `command` in KB, read while it waits to write its last word: nobody reads that, and the socket is
/// full. After its end the kernel would give a number that counts the memory of the process that started it.
pub(crate) fn peak_memory(command: &mut Command, last: LastWord) -> u64 {
    let (ours, theirs) = UnixStream::pair().unwrap();
    fill(&theirs);
    let full = Stdio::from(OwnedFd::from(theirs));
    let fd = match last {
        LastWord::Stdout => {
            command.stdout(full).stderr(Stdio::null());
            "0x1"
        }
        LastWord::Stderr => {
            command.stderr(full).stdout(Stdio::null());
            "0x2"
        }
    };
    let mut child = command.spawn().unwrap();
    let peak = wait_for_write(&mut child, fd);
    let _ = child.kill();
    let _ = child.wait();
    drop(ours);
    peak
}

/// Fills a socket until it takes no more.
fn fill(socket: &UnixStream) {
    socket.set_nonblocking(true).unwrap();
    // The last bytes in ever smaller pieces: what is accepted depends on the size.
    for size in [4096, 64, 1] {
        loop {
            match (&*socket).write(&vec![0; size]) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("cannot fill a socket: {error}"),
            }
        }
    }
    socket.set_nonblocking(false).unwrap();
}

/// Waits until the program sleeps in a system call on `fd` and returns its VmHWM.
fn wait_for_write(child: &mut Child, fd: &str) -> u64 {
    let start = Instant::now();
    let mut sightings = 0;
    while start.elapsed() < Duration::from_secs(20) {
        // `1 0x1 ...` in a call, `running` outside of one.
        let call = fs::read_to_string(format!("/proc/{}/syscall", child.id())).unwrap_or_default();
        let seen = call.split_whitespace().nth(1) == Some(fd);
        sightings = if seen { sightings + 1 } else { 0 };
        // Once could be a call that does not sleep.
        if sightings == 3 {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.and_then(|line| line.split_whitespace().next());
            return number.unwrap().parse().unwrap();
        }
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "the program ended without a word: {ended:?}"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the program did not come to its last word in 20 seconds");
}
