//! Reads the configuration files and the kernel command line.
//!
//! What exists and cannot be read may hold an exclusion or `mode=off`: that is [`Problem::ConfigUnreadable`].

use super::problem::Problem;
use super::request::Request;
use crate::sys::{Error, Root, SysPath};

/// A command line this long may have been cut by the boot loader, in bytes.
pub const LONG: usize = 2000;

/// A configuration file: its path below `/etc`, and its content.
pub type ConfigFile = (String, Vec<u8>);

/// Reads the configuration files and then the kernel command line below `root`.
pub fn read(root: &Root) -> Request {
    let mut request = configured(root);
    add_running(root, &mut request);
    request
}

/// Reads the configuration files below `root`.
pub fn configured(root: &Root) -> Request {
    let mut request = Request::default();
    let (files, errors) = config_files(root);
    request.problems.extend(errors.into_iter().map(unreadable));
    for (name, text) in files {
        request.add_config(&name, &text);
    }
    request
}

/// The configuration files below `root` in the order in which they count, and why others could not be read.
pub fn config_files(root: &Root) -> (Vec<ConfigFile>, Vec<Error>) {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    match root.read_present(SysPath::Config) {
        Ok(text) => files.extend(text.map(|text| ("vfio-early.conf".to_owned(), text))),
        Err(error) => errors.push(error),
    }
    let names = root.list_present(SysPath::ConfigDir);
    for name in names.unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    }) {
        if name.ends_with(".conf") && !name.starts_with('.') {
            match root.whole(SysPath::ConfigFile(&name)) {
                Ok(text) => files.push((format!("vfio-early.d/{name}"), text)),
                Err(error) => errors.push(error),
            }
        }
    }
    (files, errors)
}

/// Reads the kernel command line below `root`.
pub fn add_running(root: &Root, request: &mut Request) {
    match root.whole(SysPath::Cmdline) {
        Ok(text) => request.add_cmdline(&text),
        Err(error) => request.problems.push(unreadable(error)),
    }
}

fn unreadable(error: Error) -> Problem {
    let error = error.to_string();
    Problem::ConfigUnreadable { error }
}
