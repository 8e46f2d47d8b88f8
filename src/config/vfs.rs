//! How many virtual functions to make of a device: the elements of `vfs=`.
//!
//! Source: `sriov_numvfs_store()` in Linux's drivers/pci/iov.c takes 16 bits.

use super::requested::{Origin, RequestedSelector};
use crate::malformed::Malformed;

/// One element: `4@03:00.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vfs {
    /// How many, never 0.
    pub count: u16,
    /// The physical functions, which stay with the host; the virtual ones are claimed.
    pub ask: RequestedSelector,
}

impl Vfs {
    pub(super) fn new(text: &str, origin: &Origin) -> Result<Self, Malformed> {
        // No number holds an "@": the first one ends it.
        let (number, selector) = text
            .split_once('@')
            .ok_or_else(|| Malformed::new(text, "NUMBER@SELECTOR"))?;
        let count = number.parse().ok().filter(|count| *count > 0);
        let wanted = "a number of virtual functions from 1 to 65535";
        Ok(Self {
            count: count.ok_or_else(|| Malformed::new(number, wanted))?,
            ask: RequestedSelector {
                text: text.to_owned(),
                origin: origin.clone(),
                selector: selector.parse()?,
                driver: None,
            },
        })
    }
}
