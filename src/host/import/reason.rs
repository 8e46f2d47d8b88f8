//! Why something is not carried over, what its owner should know, and what to do about the old setting: as data, and
//! in words.

use std::fmt;

use super::moved::Moved;
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
    /// kmod does not read a file of this name.
    IgnoredFile,
    /// kmod does not read a line like this.
    IgnoredLine,
    /// The kernel ignores these words of the options of this module.
    IgnoredWord(String),
    /// A pattern that finds what no selector finds.
    Alias(String),
    /// In a list of modules, no module.
    NoModule(String),
    /// A name of Proxmox that has no device on this node.
    Mapping(String),
    /// Something else than the device that was meant is at its address.
    Moved(AddressPattern, Moved),
    /// A rule of udev whose devices no selector finds.
    Rule,
    /// A script that names devices and does nothing with them that this reader knows.
    NoEffect,
    /// A program in another language than that of the shell.
    NotShell,
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
    /// A soft dependency that a claim heeds too.
    SoftDependency,
    /// An `install` line that does nothing to devices.
    OnlyLoads,
    /// Another list of ids for the same module comes later.
    NotTheLast,
    /// An alias has vfio-pci loaded, which takes no device by it.
    AliasLoads,
    /// systemd-modules-load does not pass options on.
    OptionsIgnored,
    /// The setting of a virtual machine, which is needed further on.
    StaysForGuest,
    /// The setting of a virtual machine that names what is not there any more.
    GuestIsOutdated,
    /// A mediated device, which stays with its driver.
    Mediated,
    /// A virtual function has an address of its own for the network.
    MacAddress,
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
    /// The line goes, and its other options to modprobe.d: what loads the module later finds it loaded.
    ModuleLine,
    /// `hide=` goes, the other options of the line stay.
    Hide,
    /// A list of devices, and the service that reads it.
    BindList,
    /// The rule goes.
    Rule,
    /// The command goes from its unit.
    Unit,
    /// A script in an image goes, and the images are rebuilt.
    Hook,
    /// A directory goes, and the images are rebuilt.
    Directory(String),
    /// The lines that are about these devices go from a script that can do more.
    ScriptLines,
    /// driverctl's unit would set the override again.
    Driverctl(Address),
    /// TrueNAS writes the list anew.
    TrueNas,
    /// The script, and what runs it.
    Script,
}

impl Why {
    /// Whether a device is not where the setting has it.
    pub fn is_moved(&self) -> bool {
        matches!(self, Self::Moved(..))
    }
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
            Self::IgnoredFile => f.write_str(
                "kmod reads only files whose name ends in .conf, so that this line has no effect",
            ),
            Self::IgnoredLine => f.write_str("kmod ignores this line, so that it has no effect"),
            Self::IgnoredWord(module) => write!(
                f,
                "no option of {module} is written like this, so that it has no effect"
            ),
            Self::Alias(pattern) => write!(f, "no selector finds the same as \"{pattern}\""),
            Self::NoModule(word) => write!(
                f,
                "\"{word}\" is not a module that takes devices, so that this line has no effect"
            ),
            Self::Mapping(name) => {
                write!(
                    f,
                    "the mapping {name} has no device of this node that is known here"
                )
            }
            Self::Moved(address, moved) => write!(
                f,
                "at {address} is {moved}: the device was removed, or its address changed"
            ),
            Self::Rule => f.write_str("no selector finds the same devices as this rule"),
            Self::NoEffect => {
                f.write_str("it names devices, and does nothing with them that is known here")
            }
            Self::NotShell => f.write_str("it is not a shell script"),
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
            Self::SoftDependency => {
                f.write_str("vfio-early loads these modules first too: this line is still needed")
            }
            Self::OnlyLoads => f.write_str("not needed: it does nothing to devices"),
            Self::NotTheLast => f.write_str(
                "of several lists for one module the kernel takes the last only: this one has no effect today",
            ),
            Self::AliasLoads => f.write_str(
                "the alias has the driver loaded when the device comes; ids= gives the device to it",
            ),
            Self::OptionsIgnored => f.write_str(
                "systemd-modules-load passes no options to modules: where it reads this list, they have no effect today",
            ),
            Self::StaysForGuest => {
                f.write_str("the virtual machine still needs this line: it names what the guest gets")
            }
            Self::GuestIsOutdated => f.write_str(
                "the virtual machine does not get its device by this line: change the address, vfio-early export proxmox \
                 prints the line for what is on vfio-pci",
            ),
            Self::Mediated => f.write_str(
                "a mediated device stays with its driver on the host: there is nothing to carry over",
            ),
            Self::MacAddress => {
                f.write_str("vfio-early sets no MAC address: give it to the virtual machine")
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
            Self::ModuleLine => f.write_str(
                "remove this line, and write its other options into modprobe.d: vfio-early passes those on",
            ),
            Self::Hide => f.write_str("remove hide= from this line; the other options stay"),
            Self::BindList => {
                f.write_str("remove this file, and disable the service or script that reads it")
            }
            Self::Rule => f.write_str("remove this rule"),
            Self::Unit => {
                f.write_str("remove this command, or disable the unit where it does nothing else")
            }
            Self::Hook => f.write_str(
                "remove this script, with its name from HOOKS= where it stands there, and rebuild the images",
            ),
            Self::Directory(dir) => write!(
                f,
                "remove {dir}, with its name from add_dracutmodules= where it stands there, and rebuild the images"
            ),
            Self::ScriptLines => f.write_str("remove what is about these devices from the script"),
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
