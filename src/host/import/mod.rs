//! What other tools were told about devices, as a configuration of ours.
//!
//! Source: the formats that the head of each file names.

pub mod cmdline;
pub mod driverctl;
pub mod modprobe;
pub mod qubes;
pub mod script;
pub mod sources;
pub mod unraid;
pub mod xen;

use std::fmt;

use crate::config::Selector;
use crate::malformed::Malformed;
use crate::pci::AddressPattern;

pub use cmdline::cmdline;
pub use driverctl::driverctl;
pub use modprobe::modprobe;
pub use qubes::{hidden_paths, hidden_usb};
pub use script::{script, slots};
pub use sources::{Import, read};
pub use unraid::unraid;
pub use xen::hidden_groups;

/// A setting of another tool and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Old {
    /// Where it stands: a file, or `kernel command line`.
    pub place: String,
    /// The setting as it was written.
    pub text: String,
    /// What it is in our words.
    pub news: Vec<New>,
    /// What to do about it once the configuration is in place.
    pub then: &'static str,
}

/// A part of a setting in our words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum New {
    /// A key of vfio-early.conf(5) and an element of its list.
    Set(&'static str, String),
    /// It names devices and cannot be carried over.
    Lost(String),
    /// It is not needed, or goes on as it is.
    Remark(&'static str),
}

impl Old {
    fn new(place: &str, text: &str, then: &'static str, news: Vec<New>) -> Self {
        let (place, text) = (place.to_owned(), text.to_owned());
        Self {
            place,
            text,
            news,
            then,
        }
    }

    /// Whether devices are named in it that the new configuration does not name.
    pub fn is_loss(&self) -> bool {
        self.news.iter().any(|new| matches!(new, New::Lost(_)))
    }
}

/// What to do with a line, a file and a parameter that are carried over.
const DROP_LINE: &str = "remove this line";
const DROP_FILE: &str = "remove this file";
const DROP_PARAM: &str = "remove it from the kernel command line";

/// A selector, checked by the reader of our own.
fn ids(text: &str) -> New {
    match text.parse::<Selector>() {
        Ok(selector) => New::Set("ids", selector.to_string()),
        Err(why) => lost(&why),
    }
}

/// An address, or `*` for each function of a device.
fn slot(text: &str) -> New {
    match text.parse::<AddressPattern>() {
        Ok(pattern) => New::Set("ids", pattern.to_string()),
        Err(why) => lost(&why),
    }
}

fn lost(why: &Malformed) -> New {
    New::Lost(why.to_string())
}

/// A driver's own list of ids, each read as the kernel reads it.
fn kernel_ids(list: &str, stub: bool) -> Vec<New> {
    let mut news = Vec::new();
    for text in list.split(',').filter(|text| !text.is_empty()) {
        // What is too large for an id the kernel reads, and it matches nothing: our own reader refuses it.
        let strict = |lax: Selector| lax.to_string().parse::<Selector>();
        match Selector::lax_id(text).and_then(strict) {
            Ok(selector) => {
                news.push(New::Set("ids", selector.to_string()));
                news.extend(stub.then(|| New::Set("driver", format!("pci-stub@{selector}"))));
            }
            Err(why) => news.push(lost(&why)),
        }
    }
    news
}

impl fmt::Display for Old {
    /// The setting as a comment, then one line a key, then what is to be said about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}: {}", plain(&self.place), plain(&self.text))?;
        let mut keys: Vec<&str> = Vec::new();
        for new in &self.news {
            match new {
                New::Set(key, _) if !keys.contains(key) => keys.push(key),
                _ => {}
            }
        }
        for key in keys {
            let values = self.news.iter().filter_map(|new| match new {
                New::Set(other, value) if *other == key => Some(value.as_str()),
                _ => None,
            });
            writeln!(f, "{key}={}", values.collect::<Vec<_>>().join(","))?;
        }
        for new in &self.news {
            match new {
                New::Set(..) => {}
                New::Lost(why) => writeln!(f, "# NOT carried over: {}", plain(why))?,
                New::Remark(text) => writeln!(f, "# {text}")?,
            }
        }
        writeln!(f, "# then: {}", self.then)
    }
}

/// Text of others in a comment: one line.
fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { '?' } else { c };
    text.chars().map(shown).collect()
}
