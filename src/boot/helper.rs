//! The processes that an unbind with a deadline runs in.

use std::process::ExitCode;

use crate::act;
use crate::cli::usage;
use crate::pci::{Address, DriverName};
use crate::sys::{Error, Result, Root, SysPath};

/// Takes one device away from its driver; the exit status is the error number.
pub(super) fn unbind(root: &str, driver: &str, address: &str) -> ExitCode {
    let (Ok(driver), Ok(address)) = (driver.parse::<DriverName>(), address.parse::<Address>())
    else {
        return usage("unbind-helper wants a driver and an address");
    };
    let place = SysPath::DriverFile(&driver, "unbind");
    errno(Root::at(root).write(place, &address.to_string()))
}

/// Gives one device back, when its driver lets go; the exit status is the error number.
pub(super) fn give_back(root: &str, driver: &str, address: &str, text: &str) -> ExitCode {
    let (Ok(driver), Ok(address)) = (driver.parse(), address.parse()) else {
        return usage("give-back-helper wants a driver and an address");
    };
    let root = Root::at(root);
    errno(act::give_back_late(&root, &driver, address, text))
}

fn errno(outcome: Result<()>) -> ExitCode {
    let number = |error: Error| {
        u8::try_from(error.errno())
            .ok()
            .filter(|number| *number > 0)
    };
    outcome.map_or_else(
        |error| ExitCode::from(number(error).unwrap_or(u8::MAX)),
        |()| ExitCode::SUCCESS,
    )
}
