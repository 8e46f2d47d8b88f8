//! Whether the machine has an IOMMU in use, and where not, why not.
//!
//! *Pure.* Source of truth: `/sys/class/iommu`, the ACPI tables and the kernel command line; kernel messages prove
//! nothing. To add one: a cause is a variant of [`Cause`] with its fix in `Display`.

use std::fmt;

use crate::ask::KernelWords;
use crate::machine::IommuFacts;

/// Whose IOMMU it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Intel VT-d (DMAR).
    Intel,
    /// AMD-Vi (IVRS).
    Amd,
    /// An ARM SMMU (IORT or device tree).
    Arm,
    /// virtio-iommu (VIOT).
    Virtio,
}

impl Kind {
    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intel => "intel",
            Self::Amd => "amd",
            Self::Arm => "arm",
            Self::Virtio => "virtio",
        }
    }

    /// Whether the kernel makes a device's group only when a driver probes it.
    pub fn makes_groups_late(self) -> bool {
        matches!(self, Self::Arm | Self::Virtio)
    }
}

/// Whether an IOMMU is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is.
    Enabled,
    /// The firmware offers one, the kernel does not use it.
    Disabled,
    /// The firmware offers none.
    Absent,
}

impl State {
    /// The word of the report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Absent => "absent",
        }
    }
}

/// Why no IOMMU is in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No table of the firmware describes one.
    NoTable,
    /// A word of the command line turns it off.
    TurnedOff(String),
    /// The table is there, and no word says anything: the kernel's own default.
    NotUsed(Kind),
    /// The command line asks for it in vain.
    AskedInVain(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTable => f.write_str(
                "the firmware offers none (no DMAR, IVRS, IORT or VIOT table); switch on VT-d, AMD-Vi or SMMU in its setup",
            ),
            Self::TurnedOff(word) => write!(f, "{word} on the kernel command line turns it off; remove it"),
            Self::NotUsed(Kind::Intel) => f.write_str(
                "the firmware offers one (DMAR), but this kernel does not use it by itself; add intel_iommu=on to the \
                 kernel command line",
            ),
            Self::NotUsed(kind) => write!(
                f,
                "the firmware offers one ({}), but the kernel does not use it; its driver may be missing from kernel \
                 or image",
                kind.as_str()
            ),
            Self::AskedInVain(word) => write!(
                f,
                "{word} is on the kernel command line, but the kernel does not use it; the kernel may be built without it"
            ),
        }
    }
}

/// What there is to know about the IOMMU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whose it is, where it is known.
    pub kind: Option<Kind>,
    /// Why it is not in use; `None` where it is.
    pub cause: Option<Cause>,
    /// Whether interrupts are remapped, where it is known.
    pub interrupt_remapping: Option<bool>,
}

impl Verdict {
    /// Judges by what the kernel shows and what it was told.
    pub fn new(facts: &IommuFacts, words: &KernelWords) -> Self {
        let interrupt_remapping = facts
            .interrupt_chip
            .as_ref()
            .map(|chip| chip.starts_with("IR-"));
        if let Some(name) = facts.iommus.first() {
            return Self {
                kind: Some(kind_in_use(name)),
                cause: None,
                interrupt_remapping,
            };
        }
        let kind = kind_offered(&facts.tables);
        Self {
            kind,
            cause: Some(kind.map_or(Cause::NoTable, |kind| cause(kind, words))),
            interrupt_remapping: None,
        }
    }

    /// Whether an IOMMU is in use.
    pub fn state(&self) -> State {
        match &self.cause {
            None => State::Enabled,
            Some(Cause::NoTable) => State::Absent,
            Some(_) => State::Disabled,
        }
    }
}

/// Intel's are called dmar0, AMD's ivhd0, ARM's smmu3.0x..., virtio's by a PCI address.
fn kind_in_use(name: &str) -> Kind {
    [
        ("dmar", Kind::Intel),
        ("ivhd", Kind::Amd),
        ("smmu", Kind::Arm),
    ]
    .iter()
    .find(|(prefix, _)| name.starts_with(prefix))
    .map_or(Kind::Virtio, |(_, kind)| *kind)
}

fn kind_offered(tables: &[String]) -> Option<Kind> {
    [
        ("DMAR", Kind::Intel),
        ("IVRS", Kind::Amd),
        ("IORT", Kind::Arm),
        ("VIOT", Kind::Virtio),
    ]
    .iter()
    .find(|(table, _)| tables.iter().any(|name| name == table))
    .map(|(_, kind)| *kind)
}

fn cause(kind: Kind, words: &KernelWords) -> Cause {
    let own = match kind {
        Kind::Intel => ("intel_iommu", words.intel_iommu.as_deref()),
        Kind::Amd => ("amd_iommu", words.amd_iommu.as_deref()),
        Kind::Arm | Kind::Virtio => ("iommu", None),
    };
    let has = |value: Option<&str>, word| {
        value.is_some_and(|value| value.split(',').any(|part| part == word))
    };
    if has(words.iommu.as_deref(), "off") {
        Cause::TurnedOff("iommu=off".to_owned())
    } else if has(own.1, "off") {
        Cause::TurnedOff(format!("{}=off", own.0))
    } else if has(own.1, "on") {
        Cause::AskedInVain(format!("{}=on", own.0))
    } else {
        Cause::NotUsed(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(iommus: &str, tables: &str, intel: &str, all: &str) -> (Option<Kind>, Option<Cause>) {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let word = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let facts = IommuFacts {
            iommus: list(iommus),
            tables: list(tables),
            interrupt_chip: None,
        };
        let words = KernelWords {
            intel_iommu: word(intel),
            amd_iommu: word(intel),
            iommu: word(all),
        };
        let verdict = Verdict::new(&facts, &words);
        (verdict.kind, verdict.cause)
    }

    #[test]
    fn what_is_in_use_counts_and_not_what_was_written() {
        assert_eq!(judge("dmar0", "DMAR", "", ""), (Some(Kind::Intel), None));
        assert_eq!(
            judge("dmar0", "DMAR", "off", "off"),
            (Some(Kind::Intel), None)
        );
        assert_eq!(judge("ivhd0", "IVRS", "", ""), (Some(Kind::Amd), None));
        assert_eq!(
            judge("smmu3.0x0000000009050000", "", "", ""),
            (Some(Kind::Arm), None)
        );
        assert_eq!(
            judge("0000:00:05.0", "VIOT", "", ""),
            (Some(Kind::Virtio), None)
        );
    }

    #[test]
    fn the_cause_of_its_absence_comes_with_the_word_to_change() {
        let off = |word: &str| Some(Cause::TurnedOff(word.into()));
        assert_eq!(judge("", "", "on", ""), (None, Some(Cause::NoTable)));
        assert_eq!(
            judge("", "DMAR", "", ""),
            (Some(Kind::Intel), Some(Cause::NotUsed(Kind::Intel)))
        );
        assert_eq!(
            judge("", "DMAR", "sm_on,off", ""),
            (Some(Kind::Intel), off("intel_iommu=off"))
        );
        assert_eq!(
            judge("", "DMAR", "on", "off"),
            (Some(Kind::Intel), off("iommu=off"))
        );
        assert_eq!(
            judge("", "DMAR", "on", "pt").1,
            Some(Cause::AskedInVain("intel_iommu=on".into()))
        );
        assert_eq!(
            judge("", "IVRS", "off", ""),
            (Some(Kind::Amd), off("amd_iommu=off"))
        );
        assert_eq!(
            judge("", "VIOT", "", "").1,
            Some(Cause::NotUsed(Kind::Virtio))
        );
    }
}
