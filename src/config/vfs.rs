//! How many virtual functions to make of a device: the elements of `vfs=`.
//!
//! Source: `sriov_numvfs_store()` in Linux's drivers/pci/iov.c takes 16 bits.

use super::keys::elements;
use super::problem::Problem;
use super::request::{Origin, Request, RequestedSelector};
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
    fn new(text: &str, origin: &Origin) -> Result<Self, Malformed> {
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

impl Request {
    /// Adds the elements of `vfs=`.
    pub(super) fn add_vfs(&mut self, list: &str, origin: &Origin) {
        for text in elements(list) {
            match Vfs::new(text, origin) {
                Ok(vfs) => self.vfs.push(vfs),
                Err(why) => self.problems.push(Problem::MalformedValue {
                    key: origin.label(),
                    given: text.to_owned(),
                    why,
                }),
            }
        }
    }
}
