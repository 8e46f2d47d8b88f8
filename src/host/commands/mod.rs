//! The commands: arguments in, exit status out.

mod answer;
mod bind;
mod capture;
mod check;
mod claim;
mod cleanup;
mod confirm;
mod disable;
mod enable;
mod explain;
mod export;
mod image;
mod import;
mod list;
mod menu_entry;
mod plan;
mod program;
mod protect;
mod release;
pub(super) mod source;
mod status;

pub use program::{run, run_below};

use crate::cli::{UNSATISFIED, print, print_error, print_json, usage};
use answer::{doubt, json, refuse_others};
