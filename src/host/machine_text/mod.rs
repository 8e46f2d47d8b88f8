//! Machines as text: the machine table, and what lspci prints.

pub mod lspci;
mod modprobe;
pub mod print;
pub mod table;

use crate::machine::Machine;
use crate::malformed::Malformed;

impl Machine {
    /// Reads a machine from the text of a file that the user named: a machine table, or output of `lspci -nnvvk`.
    pub fn from_text(text: &str) -> Result<Self, Malformed> {
        if lspci::is_lspci(text) {
            lspci::parse(text)
        } else {
            text.parse()
        }
    }
}
