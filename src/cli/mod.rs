//! The command line of the program: arguments in, exit status out.
//!
//! *Reads and writes*, through the rooms it calls. Source of truth: vfio-early(8), which is ours.
//! To add one: a command is a file here, a variant of `Command`, a section in the man page.

mod added;
mod bind;
mod capture;
mod check;
mod claim;
mod explain;
mod export;
mod first;
mod image;
mod import;
mod list;
mod plan;
mod protect;
mod release;
mod source;
mod status;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::pci::{Address, DriverName};
use crate::protect::Remark;
use crate::root::{Place, Root};

/// The words of the processes that `root/io.rs` starts: one unbind, one device given back. No commands for people.
pub const UNBIND: &str = "unbind-helper";
/// See [`UNBIND`].
pub const GIVE_BACK: &str = "give-back-helper";

/// What was asked for was not done.
const LOST: u8 = 2;

/// The arguments made no sense.
const USAGE: u8 = 1;

/// Claims PCI devices for vfio-pci before any host driver loads, and explains what became of them.
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
    Bind(bind::Bind),
    Capture(capture::Capture),
    Check(check::Check),
    Claim(claim::Claim),
    Explain(explain::Explain),
    Export(export::Export),
    Image(image::Image),
    Import(import::ImportCommand),
    List(list::List),
    Protect(protect::Protect),
    Release(release::Release),
    Status(status::Status),
    Plan(plan::Plan),
}

/// Runs the program with `arguments`, of which the first is its name.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    match (std::process::id(), arguments.split_first()) {
        // The name tells a container's first process from the machine's: the kernel calls us by our path.
        (1, Some((name, rest))) if name == crate::image::PROGRAM => return first::run(rest),
        _ => {}
    }
    let Ok(words) = arguments
        .into_iter()
        .map(OsString::into_string)
        .collect::<Result<Vec<String>, _>>()
    else {
        return usage("the arguments are not UTF-8");
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, rest) = words
        .split_first()
        .map_or(("vfio-early", [].as_slice()), |(name, rest)| (*name, rest));
    match rest {
        ["--root", root, UNBIND, driver, address] => return unbind(root, driver, address),
        ["--root", root, GIVE_BACK, driver, address, text] => {
            return give_back(root, driver, address, text);
        }
        _ => {}
    }
    let name = name.rsplit('/').next().unwrap_or(name);
    match Cli::from_args(&[name], rest) {
        Err(exit) if exit.status.is_ok() => say(&exit.output),
        Err(exit) => usage(exit.output.trim_end()),
        Ok(Cli { version: true, .. }) => {
            // As one text: check looks for it in the programs of images.
            say(concat!("vfio-early ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Ok(Cli { command: None, .. }) => usage("no command given; see vfio-early --help"),
        Ok(Cli {
            root,
            command: Some(command),
            ..
        }) => command.run(&Root::at(root)),
    }
}

impl Command {
    fn run(self, root: &Root) -> ExitCode {
        match self {
            Self::Bind(command) => command.run(root),
            Self::Capture(command) => command.run(root),
            Self::Check(command) => command.run(root),
            Self::Claim(command) => command.run(root),
            Self::Explain(command) => command.run(root),
            Self::Export(command) => command.run(root),
            Self::Image(command) => command.run(root),
            Self::Import(command) => command.run(root),
            Self::List(command) => command.run(root),
            Self::Protect(command) => command.run(root),
            Self::Release(command) => command.run(root),
            Self::Status(command) => command.run(root),
            Self::Plan(command) => command.run(root),
        }
    }
}

/// Prints to standard output; a reader that went away is no error.
fn say(text: &str) -> ExitCode {
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Prints a value as JSON, one line.
fn json(value: &impl serde::Serialize) -> ExitCode {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    say(&text)
}

/// Says that a command is for root alone, where it would change the running system and somebody else calls it.
fn refuse_others(root: &Root, command: &str) -> Option<ExitCode> {
    let allowed = !root.is_system() || nix::unistd::Uid::effective().is_root();
    let text = "only root may take a device from its driver; nothing is done";
    (!allowed).then(|| complain(&format!("{command}: {text}"), LOST))
}

fn usage(text: &str) -> ExitCode {
    complain(text, USAGE)
}

/// Says what a protect list may lack.
fn doubt(command: &str, doubts: &[Remark]) {
    for doubt in doubts {
        complain(&format!("{command}: {doubt}"), 0);
    }
}

fn complain(text: &str, status: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "vfio-early: {text}");
    ExitCode::from(status)
}

/// Takes one device away from its driver; the exit status is the error number.
fn unbind(root: &str, driver: &str, address: &str) -> ExitCode {
    let (Ok(driver), Ok(address)) = (driver.parse::<DriverName>(), address.parse::<Address>())
    else {
        return usage("unbind-helper wants a driver and an address");
    };
    let place = Place::DriverFile(&driver, "unbind");
    errno(Root::at(root).write(place, &address.to_string()))
}

/// Gives one device back, when its driver lets go; the exit status is the error number.
fn give_back(root: &str, driver: &str, address: &str, text: &str) -> ExitCode {
    let (Ok(driver), Ok(address)) = (driver.parse(), address.parse()) else {
        return usage("give-back-helper wants a driver and an address");
    };
    let root = Root::at(root);
    errno(crate::act::give_back_late(&root, &driver, address, text))
}

fn errno(outcome: crate::root::Result<()>) -> ExitCode {
    let number = |error: crate::root::Error| {
        u8::try_from(error.errno())
            .ok()
            .filter(|number| *number > 0)
    };
    outcome.map_or_else(
        |error| ExitCode::from(number(error).unwrap_or(u8::MAX)),
        |()| ExitCode::SUCCESS,
    )
}
