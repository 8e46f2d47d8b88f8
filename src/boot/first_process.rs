//! The first process of the machine, started by `rdinit=/vfio-early`: claims, then becomes the image's own init.
//!
//! Whatever goes wrong here, the image's init is started.

use std::ffi::OsString;
use std::process::ExitCode;

use super::claim;
use crate::cli::{UNSATISFIED, print_error};
use crate::sys::{Root, SysPath, pid1};

/// Claims and then becomes the image's init with `arguments`, those of the kernel without the name.
pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let mounted = pid1::mount_all();
    let root = Root::of_image();
    // What came of it is in the report and in the kernel log; the boot goes on whatever it was.
    let _ = claim::run(&root, false);
    pid1::clear(&mounted, root.exists(SysPath::Report));
    let error = pid1::exec_init(arguments);
    print_error(
        &format!("this image has no init that starts: {error}"),
        UNSATISFIED,
    )
}
