//! `vfio-early status`: whether the devices of the claim are still ours.

use std::fmt::Write;
use std::process::ExitCode;

use argh::FromArgs;
use serde::Serialize;

use crate::config;
use crate::escape::escaped;
use crate::host::status::device_status::{DeviceState, DeviceStatus};
use crate::host::trial::TrialState;
use crate::host::usage::users::users;
use crate::machine::{Bus, DevicesAt, Machine};
use crate::pci::{Address, Device};
use crate::plan::Plan;
use crate::report::Report;
use crate::sys::Root;

/// Show whether the devices of the last claim, or those named, are ours now; exit 2 if one is not.
#[derive(FromArgs)]
#[argh(subcommand, name = "status")]
pub(super) struct Status {
    /// print JSON
    #[argh(switch)]
    json: bool,
    /// the devices to ask for, like 0000:03:00.0; all of the claim if none is named
    #[argh(positional)]
    addresses: Vec<Address>,
}

/// What is printed with `--json`.
#[derive(Serialize)]
struct Json<'a> {
    report: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial: Option<&'a str>,
    devices: &'a [DeviceStatus],
}

impl Status {
    /// Runs the command below `root`.
    pub(super) fn run(self, root: &Root) -> ExitCode {
        let report = match Report::read(root) {
            Ok(report) => report,
            Err(error) => {
                super::print_error(&format!("status: {error}; the drivers now decide"), 0);
                None
            }
        };
        match self.statuses(root, report.as_ref()) {
            Ok(statuses) => {
                if self.json {
                    super::print_json(&json(report.as_ref(), &statuses));
                } else {
                    let trial = TrialState::read(root, report.as_ref());
                    super::print(&text(report.as_ref(), trial, &statuses));
                }
                // What its owner gave back is missed only by who names it.
                let given = |status: &DeviceStatus| {
                    self.addresses.is_empty() && status.state == DeviceState::Released
                };
                let lost = |status: &DeviceStatus| !status.is_kept() && !given(status);
                let lost = statuses.iter().any(lost);
                ExitCode::from(if lost { super::UNSATISFIED } else { 0 })
            }
            Err(error) => super::print_error(&format!("status: {error}"), super::UNSATISFIED),
        }
    }

    fn statuses(&self, root: &Root, report: Option<&Report>) -> Result<Vec<DeviceStatus>, String> {
        let (addresses, bus) = match (self.addresses.as_slice(), report) {
            ([], Some(report)) => at(root, report.asked().collect())?,
            ([], None) => asked(root)?,
            (named, _) => at(root, named.to_vec())?,
        };
        let devices: Vec<&Device> = addresses
            .iter()
            .filter_map(|address| bus.get(*address))
            .collect();
        let mut users = users(root, &devices);
        let status = |address: &Address| {
            let reported = report.and_then(|report| report.device(*address));
            let users = users.remove(address).unwrap_or_default();
            DeviceStatus::new(*address, reported, bus.get(*address), users)
        };
        Ok(addresses.iter().map(status).collect())
    }
}

/// The devices at `addresses`, as far as they are there.
fn at(root: &Root, addresses: Vec<Address>) -> Result<(Vec<Address>, Bus), String> {
    let bus = Bus::read(root, &DevicesAt(&addresses)).map_err(|error| error.to_string())?;
    Ok((addresses, bus))
}

/// The devices that the claim would have been for, where it left no report.
fn asked(root: &Root) -> Result<(Vec<Address>, Bus), String> {
    let request = config::read(root);
    if request.is_silent() {
        return Ok((Vec::new(), Bus::default()));
    }
    let machine = Machine::read(root, &request).map_err(|error| error.to_string())?;
    let plan = Plan::new(&request, &machine);
    let outcomes = plan.outcomes();
    let meant = outcomes
        .iter()
        .filter(|outcome| outcome.kind.is_ours() || outcome.is_loss());
    let addresses = meant.map(|outcome| outcome.entry.device.address).collect();
    Ok((addresses, machine.bus))
}

fn json(report: Option<&Report>, devices: &[DeviceStatus]) -> String {
    let json = Json {
        report: report.is_some(),
        trial: report.and_then(|report| report.trial.as_deref()),
        devices,
    };
    let mut text = serde_json::to_string(&json).unwrap_or_default();
    text.push('\n');
    text
}

fn text(report: Option<&Report>, trial: Option<TrialState>, statuses: &[DeviceStatus]) -> String {
    let mut text = String::new();
    let ours = statuses.iter().filter(|status| status.is_ours()).count();
    let held = statuses
        .iter()
        .filter(|status| status.state == DeviceState::Held)
        .count();
    let claimed = statuses.len() - held;
    let aside = match held {
        0 => String::new(),
        _ => format!(", {held} held"),
    };
    let trial = trial.map_or_else(String::new, |trial| format!("; {trial}"));
    let _ = match report {
        Some(report) => writeln!(
            text,
            "{} of {} ours{aside}; the {} of this boot took {}.{:03} ms, kernel {}{trial}",
            ours,
            claimed,
            escaped(&report.mode),
            report.elapsed_us / 1000,
            report.elapsed_us % 1000,
            escaped(&report.kernel)
        ),
        None if statuses.is_empty() => writeln!(text, "nothing was asked for in this boot{trial}"),
        None => writeln!(
            text,
            "{ours} of {} ours, by their drivers: this boot left no report{trial}",
            statuses.len()
        ),
    };
    for status in statuses {
        let _ = writeln!(text, "{}", escaped(&status.to_string()));
    }
    for warning in report.iter().flat_map(|report| &report.warnings) {
        let _ = writeln!(text, "warning {}: {}", warning.code, warning.message);
    }
    text
}
