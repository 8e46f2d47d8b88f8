//! Reads the configuration files and the kernel command line.

use super::problem::Problem;
use super::request::Request;
use crate::sys::{Root, SysPath};

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
    add_config(root, SysPath::Config, "vfio-early.conf", &mut request);
    for name in root.list(SysPath::ConfigDir).unwrap_or_default() {
        if name.ends_with(".conf") && !name.starts_with('.') {
            add_config(
                root,
                SysPath::ConfigFile(&name),
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
        .require(SysPath::Cmdline)
        .and_then(|()| root.read(SysPath::Cmdline))
    {
        Ok(text) => request.add_cmdline(&text.unwrap_or_default()),
        Err(error) => request.problems.push(Problem::Unreadable {
            error: error.to_string(),
        }),
    }
}

fn add_config(root: &Root, place: SysPath<'_>, name: &str, request: &mut Request) {
    match root.read(place) {
        Ok(text) => request.add_config(name, &text.unwrap_or_default()),
        Err(error) => request.problems.push(Problem::Unreadable {
            error: error.to_string(),
        }),
    }
}
