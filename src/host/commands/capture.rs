//! `vfio-early capture`: this machine as a table, for a bug report that is a test case.
//!
//! Source: the description of the table in `host/machine_text/table.rs`.

use std::path::PathBuf;
use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error};
use crate::config::{self, Request, relevant_parameters};
use crate::escape::escaped;
use crate::host::snapshot::read_machine;
use crate::machine::EveryDevice;
use crate::sys::{Root, SysPath};

/// Print this machine as a table that --machine and the tests read, without serial numbers and MAC addresses.
#[derive(FromArgs)]
#[argh(subcommand, name = "capture")]
pub(super) struct Capture {
    /// with the serial number of each device; a network card's has its MAC address in it
    #[argh(switch)]
    serials: bool,
    /// of the machine in this file: a machine table, or saved output of lspci -nnvvk
    #[argh(option)]
    machine: Option<PathBuf>,
}

impl Capture {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let file = self.machine.as_deref();
        let request = match file {
            None => config::read(root),
            Some(_) => Request::default(),
        };
        let all = EveryDevice {
            serials: self.serials,
        };
        let mut machine = match read_machine(root, file, &request, all) {
            Ok((machine, _)) => machine,
            Err(error) => return print_error(&format!("capture: {error}"), UNSATISFIED),
        };
        if !self.serials {
            machine.hide_serials();
        }
        let mut text = format!("# Captured by vfio-early {}.\n", env!("CARGO_PKG_VERSION"));
        if file.is_none() {
            let cmdline = root
                .read(SysPath::Cmdline)
                .ok()
                .flatten()
                .unwrap_or_default();
            let mut words = relevant_parameters(&cmdline);
            words.retain(|word| self.serials || !word.contains("serial:"));
            let words = escaped(&words.join(" "));
            text += &format!("# Of its command line: {words}\n");
        }
        print(&(text + &machine.to_string()))
    }
}
