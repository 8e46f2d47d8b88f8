//! The same claim done by shell scripts, and the shells to run them with.
//!
//! *Runs* the scripts in benches/peers; their first lines describe what each does.

use std::env;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use super::super::store::{busybox, source, tool};
use super::sample::since;
use super::site::{Answer, Site};

/// How a peer is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Classic,
    Best,
    Driverctl,
    VfioPciBind,
}

pub(crate) const PEERS: [Peer; 4] = [
    Peer::Classic,
    Peer::Driverctl,
    Peer::VfioPciBind,
    Peer::Best,
];

impl Peer {
    /// The name of its script.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Best => "best",
            Self::Driverctl => "driverctl",
            Self::VfioPciBind => "vfio-pci-bind",
        }
    }

    /// The peer as the lines of the result name it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Classic => "classic shell hook",
            Self::Best => "best shell hook",
            Self::Driverctl => "driverctl's way",
            Self::VfioPciBind => "vfio-pci-bind's way",
        }
    }

    /// The script.
    pub(crate) fn script(self) -> PathBuf {
        source("benches/peers").join(self.name())
    }

    /// What it must find in the tree once it has written an override.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Classic | Self::Best => Answer::Bound,
            Self::Driverctl | Self::VfioPciBind => Answer::Free,
        }
    }

    /// Claims what `site` is asked for and returns the milliseconds that took.
    pub(crate) fn run(self, site: &Site, shell: &Shell) -> f64 {
        let root = site.root().to_str().unwrap();
        let start = Instant::now();
        match self {
            Self::Classic | Self::Best => shell.run(self, &[root]),
            Self::Driverctl => {
                for (address, _) in &site.asked {
                    shell.run(self, &[root, &address.to_string()]);
                }
            }
            Self::VfioPciBind => {
                for (address, id) in &site.asked {
                    let id = format!("{:04x}:{:04x}", id.vendor, id.device);
                    shell.run(self, &[root, &address.to_string(), &id]);
                }
            }
        }
        since(start)
    }
}

/// A shell and the commands beside it.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) name: &'static str,
    program: PathBuf,
    /// Where the scripts find `cat` and the like; the machine's own commands if there is none.
    applets: Option<TempDir>,
}

impl Shell {
    /// dash, busybox's ash with its own commands, and bash.
    pub(crate) fn all() -> Vec<Self> {
        let shell = |name| Self {
            name,
            program: tool(name, name),
            applets: None,
        };
        vec![shell("dash"), Self::ash(), shell("bash")]
    }

    fn ash() -> Self {
        let applets = TempDir::new().unwrap();
        for name in ["ash", "basename", "cat", "grep", "mkdir", "readlink"] {
            symlink(busybox(), applets.path().join(name)).unwrap();
        }
        Self {
            name: "busybox ash",
            program: applets.path().join("ash"),
            applets: Some(applets),
        }
    }

    fn run(&self, peer: Peer, arguments: &[&str]) {
        let path = self.applets.as_ref().map_or_else(
            || env::var_os("PATH").unwrap_or_default(),
            |dir| dir.path().into(),
        );
        let mut command = Command::new(&self.program);
        command.arg(peer.script()).args(arguments).env("PATH", path);
        let status = command.stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{command:?}: {status}");
    }
}
