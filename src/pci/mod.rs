//! Addresses, ids, classes, paths and devices of PCI: values with `FromStr` and `Display`. Nothing here reads or writes.

mod address;
mod bar;
mod class;
mod device;
mod driver_name;
mod header;
mod id;
mod kernel_id;
mod path;
mod platform;
mod rom;
mod serial;

pub use address::{Address, AddressPattern};
pub(crate) use bar::{BARS, bar_number};
pub use bar::{BarSize, Resizable};
pub use class::{Class, ClassPattern};
pub(crate) use device::pair;
pub use device::{Details, Device, GroupId};
pub use driver_name::DriverName;
pub use header::HeaderType;
pub use id::{ANY, Id, IdPattern};
pub use path::{DevicePath, PathPattern, Step};
pub use platform::Platform;
pub use rom::{RomFault, rom_length};
pub use serial::SerialNumber;
