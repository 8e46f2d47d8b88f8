//! Machines as text: the machine table, and what lspci prints.

pub mod lspci;
mod modprobe;
pub mod print;
pub mod table;
mod text_error;

pub use text_error::TextError;

use crate::machine::Machine;
use crate::pci::Address;

impl Machine {
    /// Reads a machine from a file that the user named: a machine table, or output of lspci.
    ///
    /// Errors where it is encoded as UTF-16, and where [`Machine::from_text`] does.
    pub fn from_file(bytes: &[u8]) -> Result<Self, TextError> {
        let zeros = bytes.iter().filter(|byte| **byte == 0).count();
        let marked = [[0xff, 0xfe], [0xfe, 0xff]];
        if marked.iter().any(|mark| bytes.starts_with(mark)) || zeros > bytes.len() / 4 {
            return Err(TextError::Utf16);
        }
        let text = String::from_utf8_lossy(bytes);
        // Web pages have no-break spaces, and editors a byte order mark.
        let text = text.trim_start_matches('\u{feff}').replace('\u{a0}', " ");
        Self::from_text(&text)
    }

    /// Reads a machine from its text.
    ///
    /// Errors where no device is in it, and where it cannot be read.
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        if lspci::is_lspci(text) {
            return lspci::parse(text);
        }
        match text.parse::<Self>() {
            Err(_) if !has_device(text) => Err(TextError::NoDevice),
            Ok(machine) if machine == Self::default() => Err(TextError::NoDevice),
            result => Ok(result?),
        }
    }
}

/// Whether a line begins with an address, as in a machine table.
fn has_device(text: &str) -> bool {
    let first = |line: &str| line.split_whitespace().next()?.parse::<Address>().ok();
    text.lines().any(|line| first(line).is_some())
}
