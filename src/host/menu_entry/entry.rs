//! Which entry of the Boot Loader Specification is copied, and what the copy is called.
//!
//! Source: `config_entry_compare()` in systemd's src/boot/boot.c, and blscfg of Fedora's GRUB, which takes the last two
//! parts of a name for version and release: one of version 0, like that of a rescue kernel, comes last in both.

use super::text::{is_off, value};

/// The end of the copy's name.
const END: &str = "-0-vfio_early_off.conf";

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of its file.
    pub name: String,
    /// What is in it.
    pub text: String,
}

impl Entry {
    /// Whether it is our copy of another one.
    pub fn is_copy(&self) -> bool {
        is_copy(&self.name)
    }

    /// The name of its copy.
    pub fn copy_name(&self) -> String {
        let base = self.name.strip_suffix(".conf").unwrap_or(&self.name);
        // What counts the attempts to boot: `+3` or `+2-1`.
        let base = base.split_once('+').map_or(base, |(base, _)| base);
        let version = value(&self.text, "version").unwrap_or_default();
        let token = base
            .strip_suffix(version)
            .and_then(|token| token.strip_suffix('-'));
        format!("{}{END}", token.unwrap_or(base))
    }

    fn version(&self) -> Vec<Part> {
        parts(value(&self.text, "version").unwrap_or(&self.name))
    }
}

/// Whether a file of this name is our copy of an entry.
pub fn is_copy(name: &str) -> bool {
    name.ends_with(END)
}

/// The entry to copy: that of the newest kernel of the system with this machine id.
pub fn newest<'a>(entries: &'a [Entry], machine_id: &str) -> Option<&'a Entry> {
    let kernel = |entry: &&Entry| {
        let rescue = entry.name.contains("-0-rescue");
        !entry.is_copy() && !rescue && !is_off(&entry.text) && value(&entry.text, "linux").is_some()
    };
    let own = |entry: &&Entry| value(&entry.text, "machine-id") == Some(machine_id);
    let foreign = |entry: &&Entry| value(&entry.text, "machine-id").is_some() && !own(entry);
    let kernels = || entries.iter().filter(kernel);
    let newest = |one: &&Entry, other: &&Entry| one.version().cmp(&other.version());
    let mine = kernels().filter(own).max_by(newest);
    mine.or_else(|| kernels().filter(|entry| !foreign(entry)).max_by(newest))
}

/// A part of a version: a number is more than a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Word(String),
    Number(u128),
}

fn parts(version: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for word in version.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digit);
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push(match part.parse() {
                Ok(number) => Part::Number(number),
                Err(_) => Part::Word(part.to_owned()),
            });
            rest = after;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, text: &str) -> Entry {
        Entry {
            name: name.to_owned(),
            text: format!("linux /l\n{text}"),
        }
    }

    #[test]
    fn the_copy_is_called_after_the_system_and_not_after_its_kernel() {
        for (name, text, wanted) in [
            ("abc-6.1.0-28-amd64.conf", "version 6.1.0-28-amd64", "abc"),
            ("abc-6.1.0+3-1.conf", "version 6.1.0", "abc"),
            ("arch.conf", "", "arch"),
            ("my-linux.conf", "version other", "my-linux"),
        ] {
            let name = entry(name, text).copy_name();
            assert_eq!(name, format!("{wanted}-0-vfio_early_off.conf"));
            assert!(is_copy(&name));
        }
    }

    #[test]
    fn the_newest_kernel_of_this_system_is_copied() {
        let entries = [
            entry("a-6.9.0.conf", "version 6.9.0\nmachine-id a"),
            entry("a-6.12.0.conf", "version 6.12.0\nmachine-id a"),
            entry("b-7.0.0.conf", "version 7.0.0\nmachine-id b"),
            entry("a-0-rescue.conf", "version 0-rescue\nmachine-id a"),
            entry("a-0-vfio_early_off.conf", "version 9.0\nmachine-id a"),
            entry(
                "mine.conf",
                "version 8\noptions vfio-early.mode=off\nmachine-id a",
            ),
        ];
        let name = |id| newest(&entries, id).map(|entry| entry.name.as_str());
        assert_eq!(name("a"), Some("a-6.12.0.conf"));
        assert_eq!(name("b"), Some("b-7.0.0.conf"));
        // Entries of other systems only.
        assert_eq!(name("c"), None);
        let by_hand = [entry("arch.conf", ""), entry("arch-lts.conf", "")];
        assert!(newest(&by_hand, "c").is_some() && newest(&[], "c").is_none());
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        for (less, more) in [
            ("6.9.0", "6.12.0"),
            ("6.1.0-9-amd64", "6.1.0-28-amd64"),
            ("6.1", "6.1.1"),
            ("6.11.0-300.fc41.x86_64", "6.12.0-0.rc1.fc42.x86_64"),
        ] {
            assert!(parts(less) < parts(more), "{less} {more}");
        }
        assert_eq!(
            parts("99999999999999999999999999999999999999999999").len(),
            1
        );
    }
}
