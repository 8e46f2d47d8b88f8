//! Whole claims: on the kernel model, and by the program itself below another root.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    reason = "a test fails by panicking, and reads and writes its own files"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../properties/index.rs"]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "it is shared with the property tests"
)]
mod index;

mod added;
mod bind_errors;
mod by_hand;
mod confined;
mod faults;
mod framebuffer;
mod guards;
mod hold;
mod order;
mod output;
mod platform;
mod preparation;
mod program;
mod report;
mod sriov;
mod stage;
mod status;
mod store;
mod trial;
mod unreadable;
mod virtio;
