//! vfio-early: claims PCI devices for vfio-pci before any host driver loads.

use std::process::ExitCode;

#[cfg(not(feature = "host"))]
use vfio_early::boot as program;
#[cfg(feature = "host")]
use vfio_early::host as program;

fn main() -> ExitCode {
    vfio_early::cli::finish(program::run(std::env::args_os()))
}
