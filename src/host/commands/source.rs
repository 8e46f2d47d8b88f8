//! What the commands that only look have in common: where the machine comes from, and how text is laid out.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use crate::config::{self, Guard, Request};
use crate::host::next_boot::at_boot;
use crate::host::protect;
use crate::host::protect::remark::Remark;
use crate::host::terminal::Terminal;
use crate::host::usage::live::usages;
use crate::host::usage::users::users;
use crate::machine::{EveryDevice, Machine, ProtectList, ReadScope, Usage};
use crate::pci::{Address, Device};
use crate::plan::Plan;
use crate::report::Report;
use crate::sys::Root;

/// The machine below `root` with the report of its last claim, or the one in `file`, of which no report is known.
///
/// A report that cannot be used is said on standard error, and the command goes on without.
pub(in crate::host) fn read(
    root: &Root,
    file: Option<&Path>,
    request: &Request,
    interest: impl ReadScope,
) -> Result<(Machine, Option<Report>), String> {
    if let Some(file) = file {
        let text = root.named(file).map_err(|error| error.to_string())?;
        let machine = Machine::from_text(&String::from_utf8_lossy(&text));
        let machine = machine.map_err(|error| {
            format!(
                "{}: {error}; a machine table or the output of lspci -nnvvk is wanted",
                file.display()
            )
        })?;
        return Ok((machine, None));
    }
    let machine =
        Machine::read_with(root, request, &interest).map_err(|error| error.to_string())?;
    let report = Report::read(root).unwrap_or_else(|error| {
        super::print_error(
            &format!("{error}; what became of the claim is not known"),
            super::UNSATISFIED,
        );
        None
    });
    Ok((machine, report))
}

/// What is asked for: by `cmdline` instead of the running kernel's command line, where it is given, and by the
/// configuration; of another machine, in `file`, neither is known.
///
/// Errors, which are said, where nothing can be known of what is asked.
pub(in crate::host) fn request(
    root: &Root,
    command: &str,
    cmdline: Option<&str>,
    file: Option<&Path>,
) -> Result<Request, ExitCode> {
    let mut request = match file {
        None => config::configured(root),
        Some(_) => Request::default(),
    };
    match (cmdline, file) {
        (Some(cmdline), _) => request.add_cmdline(cmdline.as_bytes()),
        (None, None) => config::add_running(root, &mut request),
        (None, Some(_)) => {
            let text = "--machine wants --cmdline TEXT beside it: the command line of that machine is not known";
            return Err(super::usage(&format!("{command}: {text}")));
        }
    }
    Ok(request)
}

/// The machine as its next boot with `request` finds it. What the running system needs, an image made now would protect.
pub(in crate::host) fn next_boot(
    root: &Root,
    file: Option<&Path>,
    request: &Request,
) -> Result<Machine, String> {
    let (machine, now) = match file {
        Some(_) => (
            read(root, file, request, EveryDevice::default())?.0,
            request.kernel.clone(),
        ),
        None => {
            let (needed, doubts) = protect::find(root);
            super::doubt("protect", &doubts);
            let machine = Machine::read_guarded(root, request, request, needed);
            let mut machine = machine.map_err(|error| error.to_string())?;
            // What may be lacking was said of the list.
            add_usages(root, request, &mut machine);
            (machine, config::read(root).kernel)
        }
    };
    Ok(at_boot(machine, &now, request))
}

/// The machine as it runs, with what it does with the devices that `request` is for. Where that cannot be known, each
/// disk, network card and display may be in use; what else may lack is told in the name of `command`.
pub(in crate::host) fn running(
    root: &Root,
    request: &Request,
    command: &str,
) -> Result<Machine, String> {
    let none = ProtectList::default();
    let machine = Machine::read_guarded(root, request, request, none);
    let mut machine = machine.map_err(|error| error.to_string())?;
    for doubt in add_usages(root, request, &mut machine) {
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

/// Adds what the running system does with its devices; returns what that may lack. Of the devices that `request` is for
/// more is found out than of others.
fn add_usages(root: &Root, request: &Request, machine: &mut Machine) -> Vec<Remark> {
    let plan = Plan::new(request, machine);
    let asked = plan.entries.iter().map(|entry| entry.device.address);
    let asked: Vec<Address> = asked.collect();
    let (usages, remarks) = usages(root, &asked);
    machine.usages = usages;
    remarks
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
            what: format!("nobody can tell from here, for {cause}"),
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
