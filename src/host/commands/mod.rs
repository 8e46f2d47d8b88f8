//! The commands: arguments in, exit status out.

mod bind;
mod capture;
mod check;
mod claim;
mod explain;
mod export;
mod image;
mod import;
mod list;
mod plan;
mod protect;
mod release;
pub(super) mod source;
mod status;

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use crate::boot::{self, VERSION};
use crate::cli::{UNSATISFIED, print, print_error, usage};
use crate::host::protect::Remark;
use crate::sys::Root;

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
    let words = match boot::words(arguments) {
        ControlFlow::Break(status) => return status,
        ControlFlow::Continue(words) => words,
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, rest) = words
        .split_first()
        .map_or(("vfio-early", [].as_slice()), |(name, rest)| (*name, rest));
    let name = name.rsplit('/').next().unwrap_or(name);
    match Cli::from_args(&[name], rest) {
        Err(exit) if exit.status.is_ok() => print(&exit.output),
        Err(exit) => usage(exit.output.trim_end()),
        Ok(Cli { version: true, .. }) => print(VERSION),
        Ok(Cli { command: None, .. }) => usage("no command given; see vfio-early --help"),
        Ok(Cli {
            root,
            command: Some(command),
            ..
        }) => {
            let root = Root::at(root);
            if command.only_describes() {
                command.run(&root.read_once())
            } else {
                command.run(&root)
            }
        }
    }
}

impl Command {
    /// Whether it writes nothing below the root, so that one look at each file is enough.
    fn only_describes(&self) -> bool {
        matches!(
            self,
            Self::Check(_) | Self::Explain(_) | Self::List(_) | Self::Plan(_) | Self::Status(_)
        )
    }

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

/// Prints a value as JSON, one line.
fn json(value: &impl serde::Serialize) -> ExitCode {
    let mut text = serde_json::to_string(value).unwrap_or_default();
    text.push('\n');
    print(&text)
}

/// Says that a command is for root alone, where it would change the running system and somebody else calls it.
fn refuse_others(root: &Root, command: &str) -> Option<ExitCode> {
    let allowed = !root.is_system() || nix::unistd::Uid::effective().is_root();
    let text = "only root may take a device from its driver; nothing is done";
    (!allowed).then(|| print_error(&format!("{command}: {text}"), UNSATISFIED))
}

/// Says what a protect list may lack.
fn doubt(command: &str, doubts: &[Remark]) {
    for doubt in doubts {
        print_error(&format!("{command}: {doubt}"), 0);
    }
}
