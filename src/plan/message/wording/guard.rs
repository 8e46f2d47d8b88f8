//! The wording of the guards, and of what is claimed all the same.

use std::fmt;

use super::SHOWN;
use crate::pci::{Address, DriverName};
use crate::plan::message::reason::Reason;

/// What every warning of a guard ends with.
const WAY_BACK: &str = "the way back is vfio-early.mode=off on the kernel command line";

/// How a guard is overridden at boot, but for its word.
const FORCE: &str = "vfio-early.force=";

/// `text` with what helps at boot replaced by what helps on the running host.
pub fn for_host(text: &str) -> String {
    text.replace(WAY_BACK, "the way back is vfio-early release")
        .replace(FORCE, "--force ")
        .replace("put it into the image", "install it")
}

/// What a guard has against a claim, without what overrides it.
struct Objection<'a>(&'a Reason);

impl fmt::Display for Objection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Reason::BootDisk { need } | Reason::Network { need } => need.fmt(f),
            Reason::LastDisplay => f.write_str("no display would stay with the host"),
            Reason::LastInput => f.write_str("no USB controller would stay with the host"),
            Reason::InUse { uses, .. } => {
                f.write_str("the running system uses it: ")?;
                list(f, uses)
            }
            reason => reason.fmt(f),
        }
    }
}

/// Some uses of a device.
fn list(f: &mut fmt::Formatter<'_>, uses: &[String]) -> fmt::Result {
    for (index, what) in uses.iter().take(SHOWN).enumerate() {
        f.write_str(if index == 0 { "" } else { ", " })?;
        f.write_str(what)?;
    }
    match uses.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// Some addresses with their verb.
struct Are<'a>(&'a [Address]);

impl fmt::Display for Are<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .take(SHOWN)
            .try_for_each(|address| write!(f, "{address} "))?;
        match self.0.len().saturating_sub(SHOWN) {
            0 => f.write_str(if self.0.len() == 1 { "is" } else { "are" }),
            more => write!(f, "and {more} more are"),
        }
    }
}

impl Reason {
    /// The wording of the guards that can be overridden, and of what is claimed all the same.
    pub(in crate::plan) fn of_guard(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BootDisk { .. } => write!(
                f,
                "{}; vfio-early.force=boot-disk takes it all the same",
                Objection(self)
            ),
            Self::Network { .. } => write!(
                f,
                "{}; vfio-early.force=network takes it all the same",
                Objection(self)
            ),
            Self::LastDisplay => write!(
                f,
                "{}; to take it, name it by id, address or path, or add vfio-early.force=display",
                Objection(self)
            ),
            Self::LastInput => write!(
                f,
                "{}; to take it, name it by id, address or path, or add vfio-early.force=input",
                Objection(self)
            ),
            Self::InUse {
                address: Some(address),
                uses,
                ..
            } => {
                write!(f, "{address}, which that boot claims, is in use now: ")?;
                list(f, uses)
            }
            Self::InUse {
                guard: Some(guard), ..
            } => write!(
                f,
                "{}; --force {guard} takes it all the same",
                Objection(self)
            ),
            Self::InUse { uses, .. } => {
                f.write_str("it or its group is open: ")?;
                list(f, uses)?;
                f.write_str("; end that first, the kernel would wait for it")
            }
            Self::NotOurs { driver } => {
                let driver = driver.as_ref().map_or("no driver", DriverName::as_str);
                write!(f, "it is not ours but with {driver}; nothing is done")
            }
            Self::Unsupported { why } => write!(f, "{why}"),
            Self::Forced {
                address,
                guard,
                over,
            } => {
                write!(
                    f,
                    "{address} is taken by force={guard}, although {}; {WAY_BACK}",
                    Objection(over)
                )
            }
            Self::BootDisplayTaken { address } => write!(
                f,
                "the machine booted on the display {address}, which is taken: the screen stops; {WAY_BACK}"
            ),
            Self::DisplayTaken { addresses } => write!(
                f,
                "no display stays with the host once {} taken: the screen stops; {WAY_BACK}",
                Are(addresses)
            ),
            Self::InputTaken { addresses } => write!(
                f,
                "no USB controller stays with the host once {} taken: keyboards on USB stop; {WAY_BACK}",
                Are(addresses)
            ),
            Self::FramebufferReleased { display, name } => write!(
                f,
                "the boot framebuffer {name} is taken from the display {display}: the console on it stops; {WAY_BACK}"
            ),
            Self::FramebufferHeld {
                display,
                name,
                error,
            } => {
                write!(
                    f,
                    "the boot framebuffer {name} keeps the memory of the display {display}"
                )?;
                error.iter().try_for_each(|error| write!(f, " ({error})"))?;
                f.write_str(
                    ": no virtual machine can use it; add initcall_blacklist=sysfb_init to the kernel command line",
                )
            }
            Self::VariantMissing { address, driver } => write!(
                f,
                "{address} gets vfio-pci: {driver} is made for it, but its module is not here; put it into the image"
            ),
            Self::Unprepared { address, what, why } => {
                write!(f, "{address} {} {what}: {why}", why.fate())
            }
            _ => self.of_claim(f),
        }
    }
}
