//! Which guards the user overrides: the elements of `force=`.

use std::fmt;
use std::str::FromStr;

use super::selector::Selector;
use crate::malformed::Malformed;

/// A guard that can be overridden. What could not work anyway has no word here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// The disk of the root file system, or its like.
    BootDisk,
    /// The last display controller.
    Display,
    /// The last USB controller.
    Input,
    /// The network card that the boot needs.
    Network,
    /// The device has no IOMMU.
    Iommu,
}

const WORDS: [(&str, Guard); 5] = [
    ("boot-disk", Guard::BootDisk),
    ("display", Guard::Display),
    ("input", Guard::Input),
    ("network", Guard::Network),
    ("iommu", Guard::Iommu),
];

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words = WORDS.iter().filter(|(_, guard)| guard == self);
        words.try_for_each(|(word, _)| f.write_str(word))
    }
}

/// `GUARD` or `GUARD@SELECTOR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Force {
    /// The guard; `None` is `all` of them.
    pub guard: Option<Guard>,
    /// The devices that it is for; `None` where it is for all.
    pub scope: Option<Selector>,
}

impl fmt::Display for Force {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.guard {
            Some(guard) => guard.fmt(f)?,
            None => f.write_str("all")?,
        }
        self.scope
            .iter()
            .try_for_each(|selector| write!(f, "@{selector}"))
    }
}

impl FromStr for Force {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        // No word holds an "@": the first one ends it.
        let (word, selector) = text
            .split_once('@')
            .map_or((text, None), |(word, rest)| (word, Some(rest)));
        let found = WORDS.iter().find(|(known, _)| *known == word);
        let guard = match found {
            Some((_, guard)) => Some(*guard),
            None if word == "all" => None,
            None => {
                return Err(Malformed::new(
                    word,
                    "boot-disk, display, input, network, iommu or all",
                ));
            }
        };
        Ok(Self {
            guard,
            scope: selector.map(str::parse).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_is_read_and_printed() {
        for text in [
            "boot-disk",
            "display@0000:01:00.0",
            "input@class:usb",
            "network",
            "iommu@10de:1200@0000:00:01.0/00.0",
            "all",
            "all@10de:1200+functions",
        ] {
            let printed = text.parse::<Force>().map(|force| force.to_string());
            assert_eq!(printed, Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_guard_without_a_word_cannot_be_forced() {
        for text in ["bridge", "unsupported", "", "@01:00.0"] {
            let error = text.parse::<Force>().map_err(|error| error.wanted);
            assert_eq!(
                error,
                Err("boot-disk, display, input, network, iommu or all"),
                "{text}"
            );
        }
        assert!("all@".parse::<Force>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = (text.parse::<Force>(), format!("all@{text}").parse::<Force>());
        }
    }
}
