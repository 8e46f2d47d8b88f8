//! The machine as a value, read once before anything is decided: its PCI functions, its IOMMU and its modules.

mod attributes;
mod bus;
mod framebuffer;
mod guard_facts;
mod index;
mod iommu;
mod kmsg;
mod machine;
mod modprobe;
mod modules;
mod protect_list;
mod protected;
mod read_scope;
mod region;
mod rest;
mod selection;
mod unknown;
mod usage;
mod variants;

pub use attributes::{group, virtual_functions};
pub use bus::{Bus, Unread, has_function};
pub use framebuffer::Framebuffer;
pub use iommu::{Firmware, IommuFacts};
pub use kmsg::{KmsgRecord, kmsg_records};
pub use machine::Machine;
pub use modprobe::{InstallCommand, ModprobeConfig, ModprobeFile, ModprobeIds, modprobe_files};
pub use modules::{COMPANIONS, IOMMU_MODULES, ModuleFile, Modules, module_name};
pub use protect_list::{ProtectList, Protected, plain};
pub use protected::Fit;
pub use read_scope::{DevicesAt, EveryDevice, ReadScope};
pub use region::Region;
pub use selection::{boot_displays, named, reach, selected};
pub use unknown::Unknown;
pub use usage::Usage;
pub use variants::{Variant, best};
