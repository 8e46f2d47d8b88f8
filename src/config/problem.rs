//! What is wrong with a text that the user or a generator wrote, with the rest of it left standing.

use crate::malformed::Malformed;

/// A part of the request, or of a file beside it, that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the message puts into its sentence"
)]
pub enum Problem {
    MalformedSelector {
        key: String,
        given: String,
        why: Malformed,
    },
    MalformedValue {
        key: String,
        given: String,
        why: Malformed,
    },
    NoValue {
        key: String,
    },
    UnknownKey {
        origin: String,
        key: String,
        /// The key of ours that may be meant.
        meant: Option<&'static str>,
    },
    UnknownMode {
        key: String,
        given: String,
    },
    /// Taken as what it was meant as.
    ReadAs {
        given: String,
        read_as: String,
    },
    /// Not taken.
    NearMiss {
        given: String,
        meant: String,
    },
    ShortId {
        key: String,
        given: String,
        read_as: String,
    },
    LongCommandLine {
        length: usize,
    },
    LaxId {
        key: String,
        given: String,
        read_as: String,
    },
    RepeatedIds {
        key: String,
    },
    RepeatedModuleIds {
        module: String,
        /// The lists that the kernel would not take.
        lost: Vec<String>,
        last: String,
    },
    /// Of the command line or a configuration file: an exclusion or `mode=off` may be in it, so nothing is claimed.
    ConfigUnreadable {
        error: String,
    },
    Unreadable {
        error: String,
    },
    IdsNotPassed {
        place: String,
    },
    MalformedProtectLine {
        line: usize,
        why: Malformed,
    },
}
