//! The first process of the machine, started by `rdinit=/vfio-early`: claims, then becomes the image's own init.
//!
//! *Writes*, through the rooms it calls. Source of truth: vfio-early(8), which is ours.
//! To add one: nothing; whatever goes wrong here, the image's init is started.

use std::ffi::OsString;
use std::process::ExitCode;

use super::claim::Claim;
use crate::root::{Place, Root, first};

/// Claims and then becomes the image's init with `arguments`, those of the kernel without the name.
pub(super) fn run(arguments: &[OsString]) -> ExitCode {
    let mounted = first::mount_all();
    let root = Root::of_image();
    // What came of it is in the report and in the kernel log; the boot goes on whatever it was.
    let _ = Claim::default().run(&root);
    first::clear(&mounted, root.exists(Place::Report));
    let error = first::exec_init(arguments);
    super::complain(
        &format!("this image has no init that starts: {error}"),
        super::LOST,
    )
}
