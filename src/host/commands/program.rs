//! The command line of the program: which command is meant, and below which root.

use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{
    bind, capture, check, claim, cleanup, confirm, disable, enable, explain, export, image, import,
    list, menu_entry, plan, protect, release, status,
};
use crate::boot::{self, VERSION};
use crate::cli::{print, refuse_arguments, usage};
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
    Cleanup(cleanup::Cleanup),
    Confirm(confirm::Confirm),
    Disable(disable::Disable),
    Enable(enable::Enable),
    Explain(explain::Explain),
    Export(export::Export),
    Image(image::Image),
    Import(import::ImportCommand),
    List(list::List),
    MenuEntry(menu_entry::MenuEntry),
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
    let cli = match parse(&words) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let Some(command) = cli.command else {
        return usage("no command given; see vfio-early --help");
    };
    let root = Root::at(cli.root);
    if command.only_describes() {
        command.run(&root.read_once())
    } else {
        command.run(&root)
    }
}

/// The same below a root that its caller made, which `--root` does not change.
pub fn run_below(root: &Root, words: &[&str]) -> ExitCode {
    match parse(words) {
        Ok(Cli {
            command: Some(command),
            ..
        }) => command.run(root),
        Ok(_) => usage("no command given; see vfio-early --help"),
        Err(status) => status,
    }
}

/// Reads the words of a command line; the exit status where they ask for help, or make no sense.
fn parse(words: &[&str]) -> Result<Cli, ExitCode> {
    let (name, rest) = words
        .split_first()
        .map_or(("vfio-early", [].as_slice()), |(name, rest)| (*name, rest));
    let name = name.rsplit('/').next().unwrap_or(name);
    match Cli::from_args(&[name], rest) {
        Err(exit) if exit.status.is_ok() => Err(print(&exit.output)),
        Err(exit) => Err(refuse_arguments(&exit.output, words)),
        Ok(Cli { version: true, .. }) => Err(print(VERSION)),
        Ok(cli) => Ok(cli),
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
            Self::Cleanup(command) => command.run(root),
            Self::Confirm(command) => command.run(root),
            Self::Disable(command) => command.run(root),
            Self::Enable(command) => command.run(root),
            Self::Explain(command) => command.run(root),
            Self::Export(command) => command.run(root),
            Self::Image(command) => command.run(root),
            Self::Import(command) => command.run(root),
            Self::List(command) => command.run(root),
            Self::MenuEntry(command) => command.run(root),
            Self::Protect(command) => command.run(root),
            Self::Release(command) => command.run(root),
            Self::Status(command) => command.run(root),
            Self::Plan(command) => command.run(root),
        }
    }
}
