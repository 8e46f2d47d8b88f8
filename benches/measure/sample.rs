//! Measured values of one thing, and what is printed of them: the median and the spread.

use std::fmt;
use std::time::Instant;

/// Several values of the same thing, in order of size.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    values: Vec<f64>,
    unit: &'static str,
}

impl Sample {
    /// At least one value is wanted.
    pub(crate) fn new(mut values: Vec<f64>, unit: &'static str) -> Self {
        values.sort_by(f64::total_cmp);
        Self { values, unit }
    }

    /// Milliseconds that `action` took, `rounds` times.
    pub(crate) fn of(rounds: usize, mut action: impl FnMut() -> f64) -> Self {
        Self::new((0..rounds).map(|_| action()).collect(), "ms")
    }

    /// The value in the middle.
    pub(crate) fn median(&self) -> f64 {
        let middle = self.values.len() / 2;
        if self.values.len() % 2 == 1 {
            self.values[middle]
        } else {
            (self.values[middle - 1] + self.values[middle]) / 2.0
        }
    }
}

impl fmt::Display for Sample {
    /// `12.3 ms (11.0 to 14.2 in 5 runs)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (least, most) = (self.values[0], self.values[self.values.len() - 1]);
        write!(
            f,
            "{} {} ({} to {} in {} runs)",
            short(self.median()),
            self.unit,
            short(least),
            short(most),
            self.values.len()
        )
    }
}

/// Three significant digits, or all before the point.
pub(crate) fn short(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}")
}

/// Milliseconds from `start` to now.
pub(crate) fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
