//! `vfio-early release`: devices back to the drivers of the host.

use std::process::ExitCode;
use std::time::Duration;

use argh::FromArgs;

use super::{UNSATISFIED, json, print, print_error, refuse_others, usage};
use crate::act::{Return, release};
use crate::config::{self, Request, Selector};
use crate::escape::escaped;
use crate::host::request;
use crate::host::usage::users::{User, users};
use crate::machine::{Bus, EveryDevice, selected};
use crate::pci::{Device, DriverName};
use crate::plan::{Blocker, Place, Reason, Warning};
use crate::report::{Report, ReportDevice, Sink, start};
use crate::sys::{self, ReportStore, Root, uninterrupted};

/// Give devices back to the drivers that they had, or to those that the kernel chooses.
#[derive(FromArgs)]
#[argh(subcommand, name = "release")]
pub(super) struct Release {
    /// what to give back: 03:00.0, 10de:1200, 03:00.0+group, ...
    #[argh(positional)]
    selectors: Vec<String>,
    /// how many milliseconds a driver has to let go
    #[argh(option)]
    timeout: Vec<String>,
    /// print what would be done and change nothing
    #[argh(switch)]
    dry_run: bool,
    /// print JSON
    #[argh(switch)]
    json: bool,
}

/// What becomes of one device.
struct Fate<'a> {
    device: &'a Device,
    /// The driver that it had before it was ours, where that is known.
    before: Option<DriverName>,
    /// The driver that it has in the end, or is to have.
    after: Option<DriverName>,
    /// Why that is not the host's.
    reason: Option<Reason>,
}

/// The warning before every release: see `tests/TRAPS.md`, 4.21.
const WARNING: &str = "release: some drivers and kernels hang or crash when they get a device back, those of graphics \
                       cards above all; what is not saved may be lost";

impl Release {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        if self.selectors.is_empty() {
            return usage("release: which device? see vfio-early release --help");
        }
        let options = [("timeout", self.timeout.as_slice())];
        let request = match request::running(root, &self.selectors, &options) {
            Ok(request) => request,
            Err(error) => return usage(&format!("release: {error}")),
        };
        let others = refuse_others(root, "release").filter(|_| !self.dry_run);
        if let Some(status) = others {
            return status;
        }
        start(root, Sink::Stderr, request.log);
        self.carry_out(root, &request).unwrap_or_else(|error| {
            print_error(&format!("release: {error}; nothing is done"), UNSATISFIED)
        })
    }

    fn carry_out(&self, root: &Root, request: &Request) -> Result<ExitCode, String> {
        let mut asks = request.selectors.iter();
        let serials = asks.any(|ask| ask.selector.needs_serial());
        let bus = Bus::read(root, &EveryDevice { serials }).map_err(|error| error.to_string())?;
        // A device that comes meanwhile is added to the report as well.
        let kept = (!self.dry_run).then(|| root.lock_report());
        let report = Report::read(root).unwrap_or_else(|error| {
            print_error(&format!("release: {error}; the drivers decide"), 0);
            None
        });
        let mut missed = false;
        let mut devices: Vec<&Device> = Vec::new();
        for ask in &request.selectors {
            let found = selected(&ask.selector, &bus);
            if found.is_empty() {
                let text = &ask.text;
                print_error(
                    &format!("release: {text} matches no device of this machine"),
                    0,
                );
                missed = true;
            }
            devices.extend(found);
        }
        devices.sort_unstable_by_key(|device| device.address);
        devices.dedup_by_key(|device| device.address);
        let mut fates = judge(root, &devices, report.as_ref());
        if self.dry_run {
            self.print_report(&fates);
        } else {
            uninterrupted(|| {
                give_back(root, &mut fates, request.timeout);
                store(kept, report, &fates);
                self.print_report(&fates);
            });
            say_groups(&bus, &fates);
            say_next_boot(root, &bus, &fates);
        }
        let lost = missed || fates.iter().any(|fate| fate.reason.is_some());
        Ok(ExitCode::from(if lost { UNSATISFIED } else { 0 }))
    }

    fn print_report(&self, fates: &[Fate<'_>]) {
        let devices = fates.iter().map(|fate| self.entry(fate)).collect();
        if self.json {
            json(&Report::of_devices(devices));
            return;
        }
        let mut text = String::new();
        for entry in devices {
            let mut line = String::new();
            let dash = |name: &Option<String>| name.as_deref().unwrap_or("-").to_owned();
            let before = dash(&entry.driver_before);
            line.extend([&entry.outcome, " ", &entry.address, " ", &entry.vendor, ":"]);
            line.extend([&entry.device, " ", &before]);
            if entry.outcome == "planned" && entry.driver_after.is_none() {
                line += " -> what the kernel chooses";
            } else if entry.outcome != "refused" {
                line.extend([" -> ", &dash(&entry.driver_after)]);
            }
            if let (Some(code), Some(message)) = (&entry.code, &entry.message) {
                line.extend(["; ", code, ": ", message]);
            }
            text.extend([&escaped(&line), "\n"]);
        }
        print(&text);
    }

    fn entry(&self, fate: &Fate<'_>) -> ReportDevice {
        let outcome = match &fate.reason {
            None if self.dry_run => "planned",
            None => "released",
            Some(Reason::NotOurs { .. } | Reason::InUse { .. }) => "refused",
            Some(_) => "failed",
        };
        let reason = fate.reason.as_ref();
        ReportDevice {
            driver_wanted: fate.before.as_ref().map(word).unwrap_or_default(),
            driver_after: fate.after.as_ref().map(word),
            outcome: outcome.to_owned(),
            code: reason.map(|reason| reason.code().to_owned()),
            fact: reason.map(Reason::fact),
            fix: reason.and_then(|reason| reason.fix(Place::Host)),
            message: reason.map(|reason| reason.message(Place::Host)),
            ..ReportDevice::of(fate.device)
        }
    }
}

fn word(driver: &DriverName) -> String {
    driver.to_string()
}

/// What is known before anything is done: what is not ours, what is in use, and which driver had the others.
fn judge<'a>(root: &Root, devices: &[&'a Device], report: Option<&Report>) -> Vec<Fate<'a>> {
    let mut users = users(root, devices);
    let fate = |device: &&'a Device| {
        let entry = report.and_then(|report| report.device(device.address));
        let driver = device.driver.as_ref();
        let wanted = entry.map_or("", |entry| entry.driver_wanted.as_str());
        // A device that no driver has may be kept for one.
        let holder = driver.or(device.driver_override.as_ref());
        let ours = holder.is_none_or(|driver| {
            let known = [DriverName::pci_stub(), DriverName::none()];
            driver.is_vfio() || known.contains(driver) || driver.as_str() == wanted
        });
        let open = users.remove(&device.address).unwrap_or_default();
        let before = entry.and_then(|entry| entry.driver_before.as_deref()?.parse().ok());
        let user = |user: &User| format!("{} ({})", user.command, user.pid);
        let reason = if !ours {
            Some(Reason::NotOurs {
                driver: driver.cloned(),
            })
        } else if open.is_empty() {
            None
        } else {
            Some(Reason::InUse {
                guard: None,
                uses: open.iter().map(user).collect(),
            })
        };
        Fate {
            device,
            after: match reason {
                None => before.clone(),
                Some(_) => driver.cloned(),
            },
            before,
            reason,
        }
    };
    devices.iter().map(fate).collect()
}

/// Gives back what may be given back.
fn give_back(root: &Root, fates: &mut [Fate<'_>], timeout: Duration) {
    let free: Vec<&mut Fate<'_>> = fates
        .iter_mut()
        .filter(|fate| fate.reason.is_none())
        .collect();
    if free.is_empty() {
        return;
    }
    print_error(WARNING, 0);
    let one = |fate: &&mut Fate<'_>| Return {
        address: fate.device.address,
        driver: fate.device.driver.clone(),
        before: fate.before.clone(),
    };
    let returns: Vec<Return> = free.iter().map(one).collect();
    let returned = release(root, &returns, timeout);
    for (fate, (after, reason)) in free.into_iter().zip(returned) {
        (fate.after, fate.reason) = (after, reason);
    }
}

/// Puts down in the report what was released.
fn store(kept: Option<sys::Result<ReportStore<'_>>>, report: Option<Report>, fates: &[Fate<'_>]) {
    let (Some(kept), Some(mut report)) = (kept, report) else {
        return;
    };
    let mut known = false;
    for fate in fates {
        if fate.reason.is_none() {
            known |= report.release(fate.device.address, fate.after.as_ref());
        }
    }
    if !known {
        return;
    }
    if let Err(error) = kept.and_then(|kept| kept.store(&report.to_json())) {
        print_error(
            &format!("release: the report is lost: {error}"),
            UNSATISFIED,
        );
    }
}

/// Reports which groups no virtual machine can use any more, although a device in them is still ours.
fn say_groups(bus: &Bus, fates: &[Fate<'_>]) {
    let gone = |device: &Device| {
        let address = device.address;
        let mut fates = fates.iter();
        fates.any(|fate| fate.device.address == address && fate.reason.is_none())
    };
    for fate in fates {
        let (Some(group), Some(driver), None) = (fate.device.group, &fate.after, &fate.reason)
        else {
            continue;
        };
        let ours = |device: &Device| device.driver.as_ref().is_some_and(DriverName::is_vfio);
        let mut others = bus.devices.iter();
        if others.any(|other| other.group == Some(group) && ours(other) && !gone(other)) {
            let blockers = vec![Blocker {
                address: fate.device.address,
                driver: Some(driver.clone()),
                coming: None,
                code: None,
                guard: None,
            }];
            let warning = Warning::group(group, Reason::GroupBlocked { blockers });
            print_error(&format!("release: {}", warning.message(Place::Host)), 0);
        }
    }
}

/// Reports which of the released devices the next boot claims again, and by what.
fn say_next_boot(root: &Root, bus: &Bus, fates: &[Fate<'_>]) {
    let request = config::read(root);
    let takes = |selector: &Selector, device: &Device| {
        let found = selected(selector, bus);
        found.iter().any(|found| found.address == device.address)
    };
    for fate in fates.iter().filter(|fate| fate.reason.is_none()) {
        let mut asks = request.selectors.iter();
        if let Some(ask) = asks.find(|ask| takes(&ask.selector, fate.device)) {
            let (address, text, origin) = (fate.device.address, &ask.text, &ask.origin);
            print_error(
                &format!("release: the next boot claims {address} again, by {text} ({origin})"),
                0,
            );
        }
    }
}
