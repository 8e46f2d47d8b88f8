//! The names of the keys, and the elements of a value that is a list.

/// Every key of ours but those of preparations; `devices` is another name of `ids`.
pub(super) const KEYS: [&str; 11] = [
    "ids", "devices", "exclude", "mode", "driver", "group", "iommu", "force", "vfs", "timeout",
    "log",
];

/// The elements of a comma separated list. Empty ones are left out.
pub(super) fn elements(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The elements of a list of selectors, in which blanks separate too: they can stand in quotes or in a file.
pub(super) fn selectors_in(list: &str) -> impl Iterator<Item = &str> {
    list.split(|c: char| c == ',' || c.is_whitespace())
        .filter(|text| !text.is_empty())
}
