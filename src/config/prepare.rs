//! What to do to a device before its driver comes: the elements of `reset-method=`, `d3cold=`, `rebar=` and `rom=`.
//!
//! Source: the values are those of the kernel's own files.

use std::fmt;

use super::selector::Selector;
use crate::malformed::Malformed;
use crate::pci::{BarSize, bar_number};

/// The keys of preparations.
pub(super) const PREPARATIONS: [&str; 4] = ["reset-method", "d3cold", "rebar", "rom"];

/// One thing to do to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preparation {
    /// Copy the ROM: `rom=copy`.
    Rom,
    /// Give a register another size: `rebar=0:256M`.
    Rebar(u8, BarSize),
    /// Reset it in these ways only, the first that works: `reset-method=flr+bus`. The names have blanks between them.
    ResetMethod(String),
    /// Never take its power away: `d3cold=off`.
    D3cold,
}

impl Preparation {
    /// Reads the value of `key`.
    fn new(key: &str, value: &str) -> Result<Self, Malformed> {
        match (key, value) {
            ("rom", "copy") => Ok(Self::Rom),
            ("rom", _) => Err(Malformed::new(value, "copy")),
            ("d3cold", "off") => Ok(Self::D3cold),
            ("d3cold", _) => Err(Malformed::new(value, "off")),
            ("rebar", _) => {
                let split = value.split_once(':');
                let (bar, size) =
                    split.ok_or_else(|| Malformed::new(value, "BAR:SIZE like 0:256M"))?;
                Ok(Self::Rebar(bar_number(bar)?, size.parse()?))
            }
            _ => {
                let name = |word: &str| {
                    let good = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
                    !word.is_empty() && word.bytes().all(good)
                };
                if value.split('+').all(name) {
                    Ok(Self::ResetMethod(value.replace('+', " ")))
                } else {
                    Err(Malformed::new(
                        value,
                        "a list of reset methods like bus or flr+bus",
                    ))
                }
            }
        }
    }

    /// The key, without its prefix.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Rom => "rom",
            Self::Rebar(..) => "rebar",
            Self::ResetMethod(_) => "reset-method",
            Self::D3cold => "d3cold",
        }
    }

    /// The value, as it is written.
    pub fn value(&self) -> String {
        match self {
            Self::Rom => "copy".to_owned(),
            Self::Rebar(bar, size) => format!("{bar}:{size}"),
            Self::ResetMethod(names) => names.replace(' ', "+"),
            Self::D3cold => "off".to_owned(),
        }
    }

    /// Whether a device can have only one of the two: the later one counts.
    pub fn replaces(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Rebar(bar, _), Self::Rebar(other, _)) => bar == other,
            _ => self.key() == other.key(),
        }
    }
}

impl fmt::Display for Preparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key(), self.value())
    }
}

/// A preparation and the devices that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepare {
    /// What to do.
    pub what: Preparation,
    /// To which devices, once they are claimed.
    pub scope: Selector,
}

impl Prepare {
    pub(super) fn new(key: &str, text: &str) -> Result<Self, Malformed> {
        // No value holds an "@": the first one ends it.
        let (value, selector) = text
            .split_once('@')
            .ok_or_else(|| Malformed::new(text, "VALUE@SELECTOR"))?;
        Ok(Self {
            what: Preparation::new(key, value)?,
            scope: selector.parse()?,
        })
    }
}

impl fmt::Display for Prepare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.what, self.scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_read_and_printed() {
        for text in [
            "rom=copy@0000:03:00.0",
            "rebar=0:256M@10de:1200",
            "rebar=2:1G@10de:1200@0000:00:01.0/00.0",
            "reset-method=bus@0000:03:00.0+functions",
            "reset-method=flr+device_specific@class:nvme",
            "d3cold=off@secondary-gpus",
        ] {
            let (key, value) = text.split_once('=').unwrap();
            let printed = Prepare::new(key, value).map(|prepare| prepare.to_string());
            assert_eq!(printed, Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, wanted) in [
            ("rom=copy", r#""copy" is not VALUE@SELECTOR"#),
            ("rom=move@03:00.0", r#""move" is not copy"#),
            ("d3cold=on@03:00.0", r#""on" is not off"#),
            (
                "rebar=256M@03:00.0",
                r#""256M" is not BAR:SIZE like 0:256M"#,
            ),
            (
                "rebar=7:256M@03:00.0",
                r#""7" is not the number of a BAR from 0 to 5"#,
            ),
            (
                "rebar=0:100M@03:00.0",
                r#""100M" is not a size like 256M or 1G, a power of two"#,
            ),
            (
                "reset-method=@03:00.0",
                r#""" is not a list of reset methods like bus or flr+bus"#,
            ),
            (
                "reset-method=bus@gpu",
                r#""gpu" is not an id, an address, a path, class:..., serial:..., ID@ADDRESS or secondary-gpus"#,
            ),
        ] {
            let (key, value) = text.split_once('=').unwrap();
            let error = Prepare::new(key, value).map_err(|error| error.to_string());
            assert_eq!(error, Err(wanted.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            for key in PREPARATIONS {
                let _ = (Prepare::new(key, &text), Prepare::new(key, &format!("{text}@03:00.0")));
            }
        }
    }
}
