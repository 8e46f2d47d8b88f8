//! The wording of what is wrong with a text.

use std::fmt;

use crate::config::Problem;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MalformedSelector { key, given, why } => {
                write!(
                    f,
                    "{key}={given}: {why}; this selector is ignored, the others stand"
                )
            }
            Self::MalformedValue { key, given, why } => {
                write!(f, "{key}={given}: {why}; it is ignored")
            }
            Self::NoValue { key } => write!(f, "{key} has no value; it is ignored"),
            Self::UnknownKey { origin, key, meant } => {
                write!(
                    f,
                    "{origin}: \"{key}\" is no parameter of vfio-early; it is ignored"
                )?;
                match meant {
                    Some(meant) => write!(f, "; \"{meant}\" may be meant"),
                    None => Ok(()),
                }
            }
            Self::UnknownMode { key, given } => write!(
                f,
                "{key}={given}: the mode is not claim, dry-run or off; it counts as off, and nothing is claimed"
            ),
            Self::ReadAs { given, read_as } => {
                write!(f, "{given} is read as {read_as}; write that")
            }
            Self::NearMiss { given, meant } => {
                write!(f, "{given} is ignored; {meant} may be meant")
            }
            Self::ShortId {
                key,
                given,
                read_as,
            } => write!(
                f,
                "{key}={given}: an id has four digits; this is read as {read_as}, and a digit may be missing"
            ),
            Self::LongCommandLine { length } => write!(
                f,
                "the kernel command line has {length} bytes and may have been cut by the boot loader; \
                 put the selectors into /etc/vfio-early.conf"
            ),
            Self::LaxId {
                key,
                given,
                read_as,
            } => write!(
                f,
                "{key}={given}: the kernel reads this as {read_as}, and so does vfio-early under this key; \
                 write vfio-early.ids to have it checked"
            ),
            Self::RepeatedIds { key } => {
                write!(
                    f,
                    "{key} is given more than once: the kernel would take the last, vfio-early takes all"
                )
            }
            Self::RepeatedModuleIds { module, lost, last } => write!(
                f,
                "modprobe.d gives {module} more than one list of ids ({}; {last}): the kernel takes only the last, {last}",
                lost.join("; ")
            ),
            Self::ConfigUnreadable { error } => write!(
                f,
                "{error}; an exclusion or mode=off may be in it, so nothing is claimed"
            ),
            Self::Unreadable { error } => write!(f, "{error}; what stands there is not known"),
            Self::IdsNotPassed { place } => write!(
                f,
                "{place} gives the driver a list of ids, which is not passed on: it would take devices past selectors \
                 and guards; put them into vfio-early.ids"
            ),
            Self::MalformedProtectLine { line, why } => write!(
                f,
                "vfio-early.protect, line {line}: {why}; this line is ignored, the others stand"
            ),
        }
    }
}
