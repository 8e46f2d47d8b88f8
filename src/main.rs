//! vfio-early: claims PCI devices for vfio-pci before any host driver loads.

use std::process::ExitCode;

fn main() -> ExitCode {
    vfio_early::cli::run(std::env::args_os())
}
