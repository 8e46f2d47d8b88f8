//! When a claim began, and how long it took.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::schema::Times;

/// When the claim began.
#[derive(Clone, Copy)]
pub struct Clock(Duration, Instant);

impl Clock {
    /// Begins now.
    pub fn start() -> Self {
        Self(boot_time(), Instant::now())
    }

    /// The same, and how long it has taken.
    pub fn times(self) -> Times {
        Times {
            started: self.0,
            elapsed: self.1.elapsed(),
        }
    }
}

/// CLOCK_BOOTTIME, zero where the kernel has none.
pub fn boot_time() -> Duration {
    clock_gettime(ClockId::CLOCK_BOOTTIME)
        .map(Duration::from)
        .unwrap_or_default()
}
