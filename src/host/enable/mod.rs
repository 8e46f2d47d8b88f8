//! `vfio-early enable` and `disable`: a claim made lasting, and undone.
//!
//! What is to be done is decided from values ([`facts::Facts`], a plan) and is a list of [`step::Step`]s, which are shown
//! before the first is carried out, and undone from the last to the first where one fails. A step of another kind is a
//! file of its own with its place in `steps.rs`.
//!
//! Invariant: a file is replaced whole, the settings before the images, and `unfinished.rs` keeps what was there before
//! until all is done: the machine boots with the old settings or with the new, whenever the program is killed.

pub mod by_hand;
pub mod carry_out;
pub mod choices;
pub mod choose;
pub mod consent;
pub mod disabling;
pub mod enabling;
pub mod facts;
pub mod file_step;
pub mod finish;
pub mod generation;
pub mod image_check;
pub mod image_step;
pub mod invocation;
pub mod iommu_word;
pub mod loader;
pub mod program_step;
pub mod settings;
pub mod show;
pub mod stable;
pub mod step;
pub mod steps;
pub mod trial_step;
pub mod unfinished;
pub mod verdict;
