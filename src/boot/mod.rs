//! What runs in the initramfs: the claim, the first process, and the helper processes of an unbind.

mod claim;
mod driver_ids;
mod first_process;
mod helper;
mod program;
mod trial;

pub use claim::run as claim;
pub use program::{VERSION, run, words};
