//! What is wrong with a text that the user or a generator wrote; the rest of it applies.

use crate::malformed::Malformed;

/// A part of the request, or of a file beside it, that could not be read or understood.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are what the fact and the fix are made of"
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
    /// This boot makes a claim that is on trial.
    OnTrial {
        by_hand: bool,
    },
    /// No boot that made the claim was confirmed, so nothing is claimed.
    TrialFailed,
    TrialNotCounted {
        error: String,
    },
}

impl Problem {
    /// The stable code: lower-case words with hyphens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MalformedSelector { .. } => "malformed-selector",
            Self::MalformedValue { .. } | Self::UnknownMode { .. } => "malformed-value",
            Self::ReadAs { .. } | Self::NearMiss { .. } | Self::ShortId { .. } => "near-miss",
            Self::NoValue { .. } => "no-value",
            Self::UnknownKey { .. } => "unknown-key",
            Self::LongCommandLine { .. } => "long-command-line",
            Self::LaxId { .. } => "lax-id",
            Self::RepeatedIds { .. } | Self::RepeatedModuleIds { .. } => "repeated-ids",
            Self::ConfigUnreadable { .. } | Self::Unreadable { .. } => "unreadable",
            Self::IdsNotPassed { .. } => "ids-not-passed",
            Self::MalformedProtectLine { .. } => "malformed-protect-line",
            Self::OnTrial { .. } => "on-trial",
            Self::TrialFailed => "trial-failed",
            Self::TrialNotCounted { .. } => "trial-not-counted",
        }
    }

    /// What is so.
    pub fn fact(&self) -> String {
        match self {
            Self::MalformedSelector { key, given, why } => {
                format!("{key}={given}: {why}; this selector is ignored, the others stand")
            }
            Self::MalformedValue { key, given, why } => {
                format!("{key}={given}: {why}; the parameter is ignored")
            }
            Self::NoValue { key } => format!("{key} has no value and is ignored"),
            Self::UnknownKey { origin, key, .. } => {
                format!("{origin}: \"{key}\" is not a parameter of vfio-early and is ignored")
            }
            Self::UnknownMode { key, given } => format!(
                "{key}={given}: this mode is not claim, dry-run or off; it counts as off, and nothing is claimed"
            ),
            Self::ReadAs { given, read_as } => format!("{given} is read as {read_as}"),
            Self::NearMiss { given, .. } => format!("{given} is ignored"),
            Self::ShortId {
                key,
                given,
                read_as,
            } => format!(
                "{key}={given}: an id has four digits; this one is read as {read_as}, and a digit may be missing"
            ),
            Self::LongCommandLine { length } => format!(
                "the kernel command line is {length} bytes long, and the boot loader may have cut it off"
            ),
            Self::LaxId {
                key,
                given,
                read_as,
            } => format!(
                "{key}={given}: the kernel reads this as {read_as}, and so does vfio-early under this key"
            ),
            Self::RepeatedIds { key } => format!(
                "{key} is given more than once: the kernel would use only the last, vfio-early uses all"
            ),
            Self::RepeatedModuleIds { module, lost, last } => format!(
                "modprobe.d gives {module} more than one list of ids ({}; {last}): the kernel uses only the last, {last}",
                lost.join("; ")
            ),
            Self::ConfigUnreadable { error } => {
                format!("{error}; an exclusion or mode=off may be in it, so nothing is claimed")
            }
            Self::Unreadable { error } => format!("{error}; its contents are not known"),
            Self::IdsNotPassed { place } => format!(
                "{place} gives the driver a list of ids, which is not passed on: the driver would take devices \
                 regardless of selectors and guards"
            ),
            Self::MalformedProtectLine { line, why } => format!(
                "vfio-early.protect, line {line}: {why}; it may name any device, so every storage controller stays with the host, \
                 and every network card where the boot needs the network"
            ),
            Self::OnTrial { .. } => {
                "the claim is on trial: unless this boot is confirmed, the next one claims nothing".to_owned()
            }
            Self::TrialFailed => {
                "the claim was on trial, and the boot that made it was not confirmed; nothing is claimed".to_owned()
            }
            Self::TrialNotCounted { error } => format!(
                "{error}; if the claim is on trial, this boot is not counted"
            ),
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> Option<String> {
        let fix = match self {
            Self::UnknownKey {
                meant: Some(meant), ..
            } => return Some(format!("did you mean {meant}?")),
            Self::NearMiss { meant, .. } => return Some(format!("did you mean {meant}?")),
            Self::ReadAs { read_as, .. } => return Some(format!("write {read_as}")),
            Self::LongCommandLine { .. } => "put the selectors into /etc/vfio-early.conf",
            Self::LaxId { .. } => "write it under vfio-early.ids to have it checked",
            Self::MalformedProtectLine { .. } => "make the image anew",
            Self::IdsNotPassed { .. } => "put the ids into vfio-early.ids",
            Self::OnTrial { by_hand: true } => "run vfio-early confirm",
            Self::OnTrial { by_hand: false } => {
                "vfio-early-confirm.service confirms it once the boot is complete"
            }
            Self::TrialFailed => {
                "run vfio-early enable to try it again, or vfio-early disable to undo it"
            }
            Self::MalformedSelector { .. }
            | Self::MalformedValue { .. }
            | Self::NoValue { .. }
            | Self::UnknownKey { .. }
            | Self::UnknownMode { .. }
            | Self::ShortId { .. }
            | Self::ConfigUnreadable { .. }
            | Self::RepeatedIds { .. }
            | Self::RepeatedModuleIds { .. }
            | Self::Unreadable { .. }
            | Self::TrialNotCounted { .. } => return None,
        };
        Some(fix.to_owned())
    }

    /// The sentence for people: the fact, and the fix where there is one.
    pub fn message(&self) -> String {
        match self.fix() {
            Some(fix) => format!("{}; {fix}", self.fact()),
            None => self.fact(),
        }
    }
}
