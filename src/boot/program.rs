//! The program of the boot build, and what the full program does first.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{claim, first_process, helper};
use crate::cli::{print, refuse_arguments, usage};
use crate::sys::{FIRST_PROGRAM, GIVE_BACK, Root, UNBIND};

/// The version, as one text: `check` looks for it in the programs of images.
pub const VERSION: &str = concat!("vfio-early ", env!("CARGO_PKG_VERSION"), "\n");

/// Claims PCI devices for vfio-pci before any host driver loads.
#[derive(FromArgs)]
struct Cli {
    /// look up /proc, /sys, /run, /dev, /etc and /lib/modules below this directory
    #[argh(option, default = "PathBuf::from(\"/\")")]
    root: PathBuf,
    /// print the version
    #[argh(switch)]
    version: bool,
    #[argh(subcommand)]
    command: Option<Command>,
}

#[derive(FromArgs)]
#[argh(subcommand)]
enum Command {
    Claim(Claim),
}

/// Claim the devices that the kernel command line and /etc/vfio-early.conf name.
#[derive(FromArgs)]
#[argh(subcommand, name = "claim")]
struct Claim {
    /// print what would be done, one line a device, and change nothing
    #[argh(switch)]
    dry_run: bool,
}

/// Runs the program with `arguments`, of which the first is its name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let words = match words(arguments) {
        ControlFlow::Break(status) => return status,
        ControlFlow::Continue(words) => words,
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match Cli::from_args(&["vfio-early"], words.get(1..).unwrap_or_default()) {
        Err(exit) if exit.status.is_ok() => print(&exit.output),
        Err(exit) => refuse_arguments(&exit.output, &words),
        Ok(Cli { version: true, .. }) => print(VERSION),
        Ok(Cli { command: None, .. }) => usage("no command given; see vfio-early --help"),
        Ok(Cli {
            root,
            command: Some(Command::Claim(claim)),
            ..
        }) => claim::run(&Root::at(root), claim.dry_run),
    }
}

/// The arguments as text; the exit status instead, where this is the first process of the machine or a helper process,
/// whose work is done then.
pub fn words(arguments: impl Iterator<Item = OsString>) -> ControlFlow<ExitCode, Vec<String>> {
    let arguments: Vec<OsString> = arguments.collect();
    // The name distinguishes a container's first process from the machine's: the kernel calls us by our path.
    if std::process::id() == 1
        && let Some((name, rest)) = arguments.split_first()
        && name == FIRST_PROGRAM
    {
        return ControlFlow::Break(first_process::run(rest));
    }
    let texts = arguments.into_iter().map(OsString::into_string);
    let Ok(words) = texts.collect::<Result<Vec<String>, _>>() else {
        return ControlFlow::Break(usage("the arguments are not UTF-8"));
    };
    let borrowed: Vec<&str> = words.iter().map(String::as_str).collect();
    match borrowed.get(1..).unwrap_or_default() {
        ["--root", root, UNBIND, driver, address] => {
            ControlFlow::Break(helper::unbind(root, driver, address))
        }
        ["--root", root, GIVE_BACK, driver, address, text] => {
            ControlFlow::Break(helper::give_back(root, driver, address, text))
        }
        _ => ControlFlow::Continue(words),
    }
}
