//! Runs QEMU with a time limit; its serial port goes to a file.
//!
//! *Writes* the log. A machine that hangs is ended with the test, and so is one whose test panics.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::kernel;
use super::machine::Machine;
use super::store::tool;

/// How a machine stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    PoweredOff,
    /// QEMU itself failed, or the guest made it stop: its exit status.
    Failed(Option<i32>),
    TimedOut,
}

/// Boots `machine` with `image` and waits for its end, at most for `limit`.
pub(crate) fn run(machine: &Machine, image: &Path, log: &Path, limit: Duration) -> End {
    let kernel = if machine.boots_as_packaged() {
        machine.kernel.vmlinuz()
    } else {
        kernel::bootable(machine.kernel)
    };
    let mut qemu = command(machine, log);
    qemu.arg("-kernel").arg(kernel);
    qemu.arg("-initrd").arg(image);
    qemu.arg("-append").arg(machine.append());
    end(qemu, log, limit)
}

/// The same, but the firmware starts what it finds on a disk with the files of this directory.
#[allow(dead_code, reason = "for the image tests")]
pub(crate) fn run_from(machine: &Machine, disk: &Path, log: &Path, limit: Duration) -> End {
    let mut qemu = command(machine, log);
    let files = format!("if=none,id=files,format=raw,file=fat:rw:{}", disk.display());
    qemu.args(["-drive", &files]);
    qemu.args(["-device", "ide-hd,drive=files,bootindex=0"]);
    end(qemu, log, limit)
}

fn command(machine: &Machine, log: &Path) -> Command {
    let (emulator, package) = machine.kernel.architecture().emulator();
    let mut qemu = Command::new(tool(emulator, package));
    let vars = log.with_extension("vars");
    qemu.args(machine.firmware.arguments(&vars, machine.keeps_variables));
    qemu.args(machine.arguments());
    qemu
}

fn end(mut qemu: Command, log: &Path, limit: Duration) -> End {
    let out = File::create(log).unwrap();
    let child = qemu
        .stdin(Stdio::null())
        .stderr(out.try_clone().unwrap())
        .stdout(out)
        .spawn()
        .unwrap();
    let mut running = Running(child);
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(status) = running.0.try_wait().unwrap() {
            return if status.success() {
                End::PoweredOff
            } else {
                End::Failed(status.code())
            };
        }
        thread::sleep(Duration::from_millis(20));
    }
    End::TimedOut
}

/// A QEMU that does not outlive this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
