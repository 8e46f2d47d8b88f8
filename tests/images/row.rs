//! One row of the table that `make images` prints in the end.
//!
//! *Writes* `target/images/rows/TEST`, which tests/images/table reads.

use std::fs;

use crate::harness::machine::Iommu;
use crate::harness::store::target;
use crate::times::Times;

/// What the row has besides the times.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    pub(crate) generator: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kernel: &'a str,
    pub(crate) iommu: Iommu,
    /// The real root and the disk it is on.
    pub(crate) root: &'a str,
    pub(crate) outcome: &'a str,
    /// Seconds QEMU ran.
    pub(crate) wall: f64,
}

impl Row<'_> {
    /// Writes the row of the test of this name.
    pub(crate) fn write(&self, test: &str, times: Times) {
        let directory = target().join("images/rows");
        fs::create_dir_all(&directory).unwrap();
        let number = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let cells = [
            self.generator.to_owned(),
            self.version.to_owned(),
            self.kernel.to_owned(),
            format!("{:?}", self.iommu).to_lowercase(),
            self.root.to_owned(),
            self.outcome.to_owned(),
            number(times.start, 2),
            number(times.line, 2),
            number(times.end, 2),
            number(times.udev, 2),
            number(times.module, 2),
            number(times.probe, 2),
            number(times.added(), 2),
            format!("{:.0}", self.wall),
        ];
        fs::write(directory.join(test), format!("{}\n", cells.join("\t"))).unwrap();
    }
}
