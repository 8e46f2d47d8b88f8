//! What the user asked for: the kernel command line and the configuration files become a [`Request`].

mod base;
mod boot_needs;
mod cmdline;
mod driver_ids;
mod elements;
mod file;
mod force;
mod keys;
mod lists;
mod location;
mod mode;
mod modprobe;
mod near_miss;
mod prepare;
mod problem;
mod read;
mod relevant;
mod request;
mod requested;
mod selector;
mod trial;
mod vfs;
mod words;

pub use base::Base;
pub use boot_needs::BootNeeds;
pub use cmdline::{Param, params};
pub use driver_ids::DriverIds;
pub use force::{Force, Guard};
pub use location::Location;
pub use modprobe::{
    Directive, ModprobeLine, ModuleOption, SoftDependency, glob_matches, modprobe_lines,
};
pub use prepare::{Preparation, Prepare};
pub use problem::Problem;
pub use read::{ConfigFile, LONG, add_running, config_files, configured, read};
pub use relevant::relevant_parameters;
pub use request::{GroupMode, IommuPolicy, KernelParameters, Mode, Request};
pub use requested::{Origin, RequestedSelector};
pub use selector::{Extent, Selector};
pub use trial::Trial;
pub use vfs::Vfs;
