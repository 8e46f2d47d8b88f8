//! What several commands have in common: the machine as it is used now, and how text is laid out.

use std::io::IsTerminal;

use crate::config::{Guard, Request};
use crate::host::protect::{HostStorage, Remark};
use crate::host::snapshot::add_usages;
use crate::host::terminal::Terminal;
use crate::host::usage::users::users;
use crate::machine::{Machine, ProtectList, Usage};
use crate::pci::Device;
use crate::sys::Root;

/// The machine as it runs, with what it does with the devices that `request` is for. Where that cannot be known, each
/// disk, network card and display may be in use; what else may be missing is reported in the name of `command`.
pub(in crate::host) fn running(
    root: &Root,
    request: &Request,
    command: &str,
) -> Result<Machine, String> {
    let none = ProtectList::default();
    let machine = Machine::read_guarded(root, request, request, none);
    let mut machine = machine.map_err(|error| error.to_string())?;
    for doubt in add_usages(root, &HostStorage::read(root), request, &mut machine) {
        if let Remark::Blind { cause } = doubt {
            suspect(&mut machine, &cause);
        } else {
            let text = "the list of what the system uses may lack something";
            super::print_error(&format!("{command}: {text}: {doubt}"), 0);
        }
    }
    let devices: Vec<&Device> = machine.bus.devices.iter().collect();
    for (address, users) in users(root, &devices) {
        machine.usages.extend(users.into_iter().map(|user| Usage {
            address,
            guard: None,
            what: format!("{} ({})", user.command, user.pid),
        }));
    }
    Ok(machine)
}

/// Takes it that every device is in use that could be.
fn suspect(machine: &mut Machine, cause: &str) {
    for device in &machine.bus.devices {
        let guard = match device.class {
            class if class.is_storage() => Guard::BootDisk,
            class if class.is_network() => Guard::Network,
            class if class.is_display() => Guard::Display,
            _ => continue,
        };
        machine.usages.push(Usage {
            address: device.address,
            guard: Some(guard),
            what: format!("it cannot be known from here, for {cause}"),
        });
    }
}

/// The terminal's width and colours; `COLUMNS` and `NO_COLOR` win.
pub(in crate::host) fn look() -> Terminal {
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
    Terminal {
        width: columns.or(own).filter(|width| *width > 0),
        colour: is_terminal && colour && !dumb,
    }
}
