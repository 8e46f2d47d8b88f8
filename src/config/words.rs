//! Values that are one of a few words, or a number.

use std::time::Duration;

use log::LevelFilter;

use super::request::{GroupMode, IommuPolicy};
use crate::malformed::Malformed;

/// The values of a key, and what the error names as wanted where it has another one.
pub(super) struct Words<T: 'static>(&'static [(&'static str, T)], &'static str);

pub(super) const GROUPS: Words<GroupMode> = Words(
    &[("listed", GroupMode::Listed), ("whole", GroupMode::Whole)],
    "listed or whole",
);
pub(super) const IOMMUS: Words<IommuPolicy> = Words(
    &[("require", IommuPolicy::Require), ("any", IommuPolicy::Any)],
    "require or any",
);
pub(super) const LOGS: Words<LevelFilter> = Words(
    &[
        ("error", LevelFilter::Error),
        ("warn", LevelFilter::Warn),
        ("info", LevelFilter::Info),
        ("debug", LevelFilter::Debug),
    ],
    "error, warn, info or debug",
);

pub(super) fn choose<T: Copy>(value: &str, words: &Words<T>) -> Result<T, Malformed> {
    let found = words.0.iter().find(|(word, _)| *word == value);
    found
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| Malformed::new(value, words.1))
}

pub(super) fn milliseconds(value: &str) -> Result<Duration, Malformed> {
    match value.parse() {
        Ok(number @ 1..=60_000) => Ok(Duration::from_millis(number)),
        _ => Err(Malformed::new(
            value,
            "a number of milliseconds from 1 to 60000",
        )),
    }
}
