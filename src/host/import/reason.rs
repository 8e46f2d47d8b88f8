//! Why something is not carried over, what its owner should know, and what to do about the old setting: as data, and
//! in words.

use std::fmt;

use super::shell::Obstacle;
use crate::malformed::Malformed;
use crate::pci::{Address, AddressPattern, DriverName};

/// Why a part of a setting is not carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is no selector.
    Malformed(Malformed),
    /// Every device of a bus.
    WholeBus(String),
    /// Xen wants parentheses.
    NotInParentheses(String),
    /// A script that is not understood in full.
    Script(Obstacle),
    /// A network interface whose device is not known here, and its number of virtual functions.
    Interface(String, String),
    /// A path of Qubes whose steps are not on the first bus behind their bridge.
    QubesPath(String),
}

/// What the owner of a setting should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A parameter that vfio-early reads itself.
    Honoured,
    /// A module that vfio-early loads itself.
    DriverIsLoaded,
    /// An order of modules that does not matter any more.
    OrderNotNeeded,
    /// What runs a script whose devices stand elsewhere.
    RunsScript,
    /// Qubes hides network devices without being asked.
    QubesNetwork,
    /// The parameter switches off what it could switch on.
    SwitchedOff,
    /// The other tool gives a driver of the host to this device.
    HostDriver(AddressPattern, DriverName),
    /// `new_id` takes less than an id does; these are taken from their drivers.
    NewId(Vec<String>),
    /// `secondary-gpus` takes more than the display function.
    WholeCards,
    /// driverctl knows other buses.
    NotPci,
}

/// What to do about a setting once the configuration is in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// Nothing.
    Leave,
    /// The line goes.
    Line,
    /// The file goes.
    File,
    /// The parameter goes.
    Parameter,
    /// Only some words of the parameter go, and this is what stays.
    Words(String),
    /// `ids=` goes, the other options of the line stay.
    Ids,
    /// driverctl's unit would set the override again.
    Driverctl(Address),
    /// TrueNAS writes the list anew.
    TrueNas,
    /// The script, and what runs it.
    Script,
}

impl From<Malformed> for Why {
    fn from(why: Malformed) -> Self {
        Self::Malformed(why)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => why.fmt(f),
            Self::WholeBus(text) => write!(f, "\"{text}\" is a whole bus"),
            Self::NotInParentheses(text) => write!(f, "\"{text}\" is not a device in parentheses"),
            Self::Script(obstacle) => write!(f, "the script is not understood in full: {obstacle}"),
            Self::Interface(name, count) => write!(
                f,
                "the device of the interface {name}, which gets {count} virtual functions, is not known here"
            ),
            Self::QubesPath(text) => write!(
                f,
                "\"{text}\" is not a path whose steps are on the first bus behind their bridge"
            ),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Honoured => f.write_str("vfio-early reads this parameter itself: it can also stay"),
            Self::DriverIsLoaded => f.write_str("not needed: vfio-early loads the driver itself"),
            Self::OrderNotNeeded => f.write_str(
                "not needed: the devices are claimed before any driver of the host is loaded",
            ),
            Self::RunsScript => f.write_str("what its script does stands below"),
            Self::QubesNetwork => f.write_str(
                "Qubes hides every network device besides: ids=class:network does that, where it is meant",
            ),
            Self::SwitchedOff => f.write_str("it is switched off: there is nothing to carry over"),
            Self::HostDriver(address, driver) => {
                write!(f, "{driver} is a driver of the host: the other tool still gives it to {address}")
            }
            Self::NewId(unbound) => {
                f.write_str("new_id takes only devices that no driver has, ids= every device with that id")?;
                if unbound.is_empty() {
                    return Ok(());
                }
                write!(f, "; the script frees {}", unbound.join(", "))
            }
            Self::WholeCards => f.write_str(
                "secondary-gpus takes each display but the boot display, with the other functions of its card",
            ),
            Self::NotPci => f.write_str("not a PCI device: driverctl still sets its driver"),
        }
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leave => f.write_str("leave it"),
            Self::Line => f.write_str("remove this line"),
            Self::File => f.write_str("remove this file"),
            Self::Parameter => f.write_str("remove it from the kernel command line"),
            Self::Words(rest) => write!(f, "change it to {rest}"),
            Self::Ids => f.write_str(
                "remove ids= from this line; the other options stay: vfio-early passes them on",
            ),
            Self::Driverctl(address) => {
                write!(f, "run driverctl --noprobe unset-override {address}")
            }
            Self::TrueNas => {
                f.write_str("take the devices out of the isolated GPUs in TrueNAS' settings")
            }
            Self::Script => f.write_str("remove the script and the hook or line that runs it"),
        }
    }
}
