//! What the commands that only look have in common: where the machine comes from, and how text is laid out.
//!
//! *Reads.* Source of truth: vfio-early(8), which is ours.
//! To add one: a form of `--machine` is a parser in `src/machine`, tried in [`read`].

use std::io::IsTerminal;
use std::path::Path;

use crate::ask::Request;
use crate::machine::Machine;
use crate::pci::Interest;
use crate::root::Root;
use crate::tell::{Look, Report};

/// The machine below `root` with the report of its last claim, or the one in `file`, of which no report is known.
///
/// A report that cannot be used is said on standard error, and the command goes on without.
pub(super) fn read(
    root: &Root,
    file: Option<&Path>,
    request: &Request,
    interest: impl Interest,
) -> Result<(Machine, Option<Report>), String> {
    if let Some(file) = file {
        let text = root.named(file).map_err(|error| error.to_string())?;
        let machine = Machine::from_text(&String::from_utf8_lossy(&text));
        let machine = machine.map_err(|error| format!("{}: {error}", file.display()))?;
        return Ok((machine, None));
    }
    let machine =
        Machine::read_with(root, request, &interest).map_err(|error| error.to_string())?;
    let report = Report::read(root).unwrap_or_else(|error| {
        super::complain(
            &format!("{error}; what became of the claim is not known"),
            super::LOST,
        );
        None
    });
    Ok((machine, report))
}

/// The terminal's width and colours; `COLUMNS` and `NO_COLOR` win.
pub(super) fn look() -> Look {
    let out = std::io::stdout();
    let is_terminal = out.is_terminal();
    let columns = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let size = || {
        Some(usize::from(
            rustix::termios::tcgetwinsize(&out).ok()?.ws_col,
        ))
    };
    let own = if is_terminal { size() } else { None };
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|value| value == "dumb");
    Look {
        width: columns.or(own).filter(|width| *width > 0),
        colour: is_terminal && colour && !dumb,
    }
}
