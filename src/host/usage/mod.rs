//! What the running system does with its devices.

pub mod live;
pub mod users;
