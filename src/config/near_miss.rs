//! What was meant by a key or a value that is nearly one of ours.

use super::elements::{KEYS, selectors_in};
use super::prepare::PREPARATIONS;
use super::selector::Selector;

/// The lists of ids that drivers and other tools know.
const LISTS: [&str; 3] = ["vfio-pci.ids", "vfio.ids", "pci-stub.ids"];

/// The key of ours, without its prefix, that `name` nearly is.
pub(super) fn name(name: &str) -> Option<&'static str> {
    let names = KEYS.iter().chain(&PREPARATIONS);
    nearest(name, names.map(|key| (key.to_string(), *key)))
}

/// The parameter of the command line that `key` nearly is, however its parts are joined.
pub(super) fn parameter(key: &str) -> Option<String> {
    let given = joined(key);
    if let Some(rest) = given.strip_prefix("vfioearly") {
        return name(rest).map(|name| format!("vfio-early.{name}"));
    }
    let lists = LISTS.iter().map(|list| (joined(list), *list));
    nearest(&given, lists).map(str::to_owned)
}

/// The letters and digits of a key.
fn joined(key: &str) -> String {
    let plain = key.chars().filter(char::is_ascii_alphanumeric);
    plain.map(|c| c.to_ascii_lowercase()).collect()
}

/// What is the fewest edits away from `given`, if these are few.
fn nearest<'a>(
    given: &str,
    candidates: impl Iterator<Item = (String, &'a str)>,
) -> Option<&'a str> {
    let most = if given.len() < 5 { 1 } else { 2 };
    let rated = candidates.map(|(text, meant)| (edits(given, &text), meant));
    let (edits, meant) = rated.min_by_key(|(edits, _)| *edits)?;
    (edits <= most).then_some(meant)
}

/// How many bytes must be put in, taken out or replaced.
fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, byte) in one.bytes().enumerate() {
        let mut next = vec![at + 1];
        for ((wanted, diagonal), above) in other.bytes().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = diagonal + usize::from(byte != wanted);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

/// Whether `list` consists of selectors alone.
pub(super) fn is_list_of_devices(list: &str) -> bool {
    let is_device = |text: &str| text.trim_start_matches('!').parse::<Selector>().is_ok();
    let mut elements = selectors_in(list).peekable();
    elements.peek().is_some() && elements.all(is_device)
}

/// An id of which a field has fewer than four digits, with all four: `10de:0120` for `10de:120`.
pub(super) fn short_id(text: &str) -> Option<String> {
    let end = text.find(['@', '+']).unwrap_or(text.len());
    let (id, rest) = text.split_at(end);
    let fields: Vec<&str> = id.split(':').collect();
    let is_short = |field: &str| {
        (1..4).contains(&field.len()) && field.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let ids = fields.iter().take(4);
    if fields.len() < 2 || !ids.into_iter().any(|field| is_short(field)) {
        return None;
    }
    let whole = fields.iter().enumerate().map(|(at, field)| {
        if at < 4 && is_short(field) {
            format!("{field:0>4}")
        } else {
            (*field).to_owned()
        }
    });
    Some(whole.collect::<Vec<_>>().join(":") + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_however_it_is_joined_and_with_a_letter_more_or_less() {
        for (key, meant) in [
            ("vfio-pci.id", Some("vfio-pci.ids")),
            ("vfio.pci.ids", Some("vfio-pci.ids")),
            ("vfio-pci-ids", Some("vfio-pci.ids")),
            ("vfiopci.ids", Some("vfio-pci.ids")),
            ("vfio.id", Some("vfio.ids")),
            ("vfio-ids", Some("vfio.ids")),
            ("pcistub.ids", Some("pci-stub.ids")),
            ("VFIO-EARLY.IDS", Some("vfio-early.ids")),
            ("vfio-early:exclude", Some("vfio-early.exclude")),
            ("vfioearly.excludes", Some("vfio-early.exclude")),
            ("vfio-pci.disable-idle-d3", None),
            ("vfio-pci.nointxmask", None),
            ("vfio.enable-unsafe-noiommu-mode", None),
            ("vfio-early", None),
            ("ids", None),
            ("root", None),
            ("pci", None),
        ] {
            assert_eq!(parameter(key).as_deref(), meant, "{key}");
        }
        for (given, meant) in [
            ("id", Some("ids")),
            ("device", Some("devices")),
            ("drivers", Some("driver")),
            ("mod", Some("mode")),
            ("x", None),
            ("whatever", None),
        ] {
            assert_eq!(name(given), meant, "{given}");
        }
    }

    #[test]
    fn an_id_with_a_digit_missing_is_known() {
        for (text, whole) in [
            ("10de:120", Some("10de:0120")),
            ("10de:1200", None),
            ("8086:*", None),
            (
                "10de:1200:1:2:030000:ff",
                Some("10de:1200:0001:0002:030000:ff"),
            ),
            ("10de:120@03:00.0", Some("10de:0120@03:00.0")),
            ("0x10de:0x1200", None),
            ("10de", None),
        ] {
            assert_eq!(short_id(text).as_deref(), whole, "{text}");
        }
    }

    #[test]
    fn words_of_other_programs_are_no_devices() {
        for (text, wanted) in [
            ("01:00.1", true),
            ("01:00.0,10de:1200,", true),
            (",10de:10f0", true),
            ("quiet", false),
            ("class:nvme", true),
            (",", false),
        ] {
            assert_eq!(is_list_of_devices(text), wanted, "{text}");
        }
    }
}
