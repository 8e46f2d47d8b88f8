//! The error of every parser here: what was given and what its place wanted.

use std::fmt;

/// Text that is not what its place wants, for example `"xyz" is not a hexadecimal device id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The part of the input that is wrong, as it was written.
    pub given: String,
    /// What would have been right, with its article: "a hexadecimal device id".
    pub wanted: &'static str,
}

impl Malformed {
    /// An error about `given`, which is not `wanted`.
    pub fn new(given: &str, wanted: &'static str) -> Self {
        Self {
            given: given.to_owned(),
            wanted,
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is not {}",
            self.given.escape_debug(),
            self.wanted
        )
    }
}

impl std::error::Error for Malformed {}

/// Reads 1 to `digits` hexadecimal digits and nothing else: no sign, no prefix, no blank. At most 8 digits fit.
pub fn hex(text: &str, digits: usize, wanted: &'static str) -> Result<u32, Malformed> {
    let plain = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    match u32::from_str_radix(text, 16) {
        Ok(value) if plain => Ok(value),
        _ => Err(Malformed::new(text, wanted)),
    }
}
