//! Puts the claim of the next boot on trial, as `vfio-early enable` does: what the tests of trials run in their machines.

use std::process::ExitCode;

use vfio_early::host::trial;
use vfio_early::sys::Root;

fn main() -> ExitCode {
    match trial::start(&Root::system(), std::env::args().len() > 1) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}
