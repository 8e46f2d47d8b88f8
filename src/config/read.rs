//! Reads the configuration files and the kernel command line.

use super::problem::Problem;
use super::request::Request;
use crate::sys::{Place, Root};

/// A command line this long may have been cut by the boot loader, in bytes.
pub const LONG: usize = 2000;

/// Reads the configuration files and then the kernel command line below `root`.
pub fn read(root: &Root) -> Request {
    let mut request = configured(root);
    add_running(root, &mut request);
    request
}

/// Reads the configuration files below `root`.
pub fn configured(root: &Root) -> Request {
    let mut request = Request::default();
    add_config(root, Place::Config, "vfio-early.conf", &mut request);
    for name in root.list(Place::ConfigDir).unwrap_or_default() {
        if name.ends_with(".conf") && !name.starts_with('.') {
            add_config(
                root,
                Place::ConfigFile(&name),
                &format!("vfio-early.d/{name}"),
                &mut request,
            );
        }
    }
    request
}

/// Reads the kernel command line below `root`.
pub fn add_running(root: &Root, request: &mut Request) {
    match root
        .require(Place::Cmdline)
        .and_then(|()| root.read(Place::Cmdline))
    {
        Ok(text) => request.add_cmdline(&text.unwrap_or_default()),
        Err(error) => request.problems.push(Problem::Unreadable {
            error: error.to_string(),
        }),
    }
}

fn add_config(root: &Root, place: Place<'_>, name: &str, request: &mut Request) {
    match root.read(place) {
        Ok(text) => request.add_config(name, &text.unwrap_or_default()),
        Err(error) => request.problems.push(Problem::Unreadable {
            error: error.to_string(),
        }),
    }
}
