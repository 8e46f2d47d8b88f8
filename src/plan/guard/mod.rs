//! Guards: what is refused because it would lose the machine or cannot work.
//!
//! First each device is judged by itself (`guards.rs`), then what all claims together would leave to the host
//! (`last.rs`).

mod forces;
mod guards;
mod hardware;
mod keyboards;
mod last;
mod listed;
mod running;
mod subject;

pub(super) use guards::Guards;
pub(super) use running::{loss, of_next_boot};
pub(super) use subject::Subject;
