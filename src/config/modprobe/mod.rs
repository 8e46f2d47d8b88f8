//! modprobe.d as kmod reads it, and the options of kernel modules.
//!
//! Source: `freadline_wrapped()`, `kmod_config_parse()` and `kmod_config_add_softdep()` in kmod's libkmod, the same from
//! 30 to 34, and modprobe.d(5).

mod directive;
mod glob;
mod lines;
mod module_option;

pub use directive::{Directive, ModprobeLine, SoftDependency, modprobe_lines};
pub use glob::glob_matches;
pub use module_option::ModuleOption;
