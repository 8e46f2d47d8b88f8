//! Takes devices away from their drivers, with a deadline.
//!
//! Source: `device_release_driver()` in Linux's drivers/base/dd.c: the write returns when the driver has let go, which
//! for a device in use can be never, and nothing ends a process that waits there. So each write has a process of its
//! own.

use std::time::{Duration, Instant};

use nix::errno::Errno;

use crate::pci::{Address, DriverName};
use crate::plan::Reason;
use crate::sys::{Pending, Root};

/// One device and the driver that has it.
#[derive(Debug)]
pub(super) struct Job {
    /// The number of its claim.
    pub(super) index: usize,
    pub(super) address: Address,
    pub(super) driver: DriverName,
}

/// A job, the time it took, and what became of it.
type UnbindResult = (Job, Duration, Result<(), Reason>);

/// The longest pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Unbinds all devices of `jobs` at the same time and waits at most `timeout` for each.
pub(super) fn all(root: &Root, jobs: Vec<Job>, timeout: Duration) -> Vec<UnbindResult> {
    let mut done = Vec::new();
    let mut running: Vec<(Job, Box<dyn Pending>)> = Vec::new();
    let start = Instant::now();
    for job in jobs {
        match root.start_unbind(&job.driver, job.address) {
            Ok(pending) => running.push((job, pending)),
            Err(error) => {
                let reason = Reason::UnbindFailed {
                    driver: job.driver.clone(),
                    error: error.to_string(),
                };
                done.push((job, start.elapsed(), Err(reason)));
            }
        }
    }
    let mut pause = Duration::from_micros(100);
    while !running.is_empty() {
        let mut waiting = Vec::new();
        for (job, mut pending) in running {
            match pending.poll() {
                Some(outcome) => {
                    let outcome = outcome.or_else(|error| judge(&job.driver, &error));
                    done.push((job, start.elapsed(), outcome));
                }
                None if start.elapsed() >= timeout => {
                    let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
                    let reason = Reason::UnbindTimeout {
                        driver: job.driver.clone(),
                        milliseconds,
                    };
                    done.push((job, start.elapsed(), Err(reason)));
                }
                None => waiting.push((job, pending)),
            }
        }
        running = waiting;
        if !running.is_empty() {
            std::thread::sleep(pause);
            pause = PAUSE.min(pause * 2);
        }
    }
    done
}

/// A driver that does not have the device any more has let go of it.
fn judge(driver: &DriverName, error: &std::io::Error) -> Result<(), Reason> {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENODEV) => Ok(()),
        Some(errno) => Err(Reason::UnbindFailed {
            driver: driver.clone(),
            error: errno.desc().to_owned(),
        }),
        None => Err(Reason::UnbindFailed {
            driver: driver.clone(),
            error: error.to_string(),
        }),
    }
}
