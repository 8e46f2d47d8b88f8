//! What is on the PCI bus: addresses, ids, classes, paths and the devices that have them.
//!
//! *Pure*, except `attributes.rs`, `bus.rs`, `rest.rs` and `Names::read`, which read. Source of truth: Linux's
//! Documentation/ABI/testing/sysfs-bus-pci.
//! To add one: a new kind of name for a device gets a file with a `FromStr` and a `Display` that round-trip.

mod address;
mod attributes;
mod bar;
mod bus;
mod class;
mod device;
mod id;
mod lax;
mod names;
mod path;
mod region;
mod rest;
mod rom;
mod serial;

pub use address::{Address, AddressPattern};
pub use attributes::{group, virtual_functions};
pub(crate) use bar::bar_number;
pub use bar::{BarSize, Resizable};
pub use bus::{All, Bus, Interest, These, Unread, has_function};
pub use class::{Class, ClassPattern};
pub(crate) use device::pair;
pub use device::{Details, Device, DriverName, GroupId};
pub use id::{ANY, Id, IdPattern};
pub use names::Names;
pub use path::{DevicePath, PathPattern, Step};
pub use region::Region;
pub use rom::{RomFault, rom_length};
pub use serial::Serial;
