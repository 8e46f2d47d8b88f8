//! What the tests share: a machine as a file tree, and a model of the kernel that lives in it.
#![allow(dead_code, reason = "each test target uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "these are tests: a panic is how they fail, and they write the trees that Root reads"
)]

pub mod archive;
// The fuzz targets have no program to run, and no folders.
#[cfg(not(fuzzing))]
pub mod command;
#[cfg(not(fuzzing))]
pub mod folders;
pub mod host;
pub mod kernel;
pub mod load;
mod lookup;
pub mod model;
pub mod platform;
pub mod prepare;
pub mod tree;
