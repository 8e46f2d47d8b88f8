//! The lines of a text that name a function or its IOMMU group.
//!
//! Source: `show_terse()` in lspci.c of pciutils 3.9 and 3.13; the scripts that print devices by IOMMU group, which run
//! `lspci -nns` for each; `iommu_group_add_device()` in Linux's drivers/iommu/iommu.c.

use crate::host::class_names::class_of;
use crate::pci::{Address, GroupId, pair};

/// The first line of a function: `01:00.0 VGA compatible controller [0300]: ... [10de:1b80] (rev a1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head<'a> {
    pub(super) address: Address,
    /// Base class and subclass, by number or by name.
    pub(super) class: Option<u16>,
    /// Whether the line has the number of the class, and so of the device.
    pub(super) has_numbers: bool,
    /// Vendor and device, where the line has their numbers.
    pub(super) ids: Option<(u16, u16)>,
    /// What stands behind the class.
    pub(super) rest: &'a str,
}

/// A line without what a forum or a mail puts in front of it.
pub(super) fn bare(line: &str) -> &str {
    line.trim_start_matches(['>', '|', '`', ' ', '\t'])
        .trim_end()
}

/// Whether a line without its quote marks begins with a blank.
pub(super) fn is_indented(line: &str) -> bool {
    let own = line.trim_start_matches(['>', '|', '`']);
    own.starts_with('\t')
        || own.starts_with("  ")
        || (own.len() == line.len() && own.starts_with(' '))
}

/// Reads the first line of a function: as lspci prints it, or behind its ids, as some scripts do.
pub(super) fn head(text: &str) -> Option<Head<'_>> {
    if text.starts_with('[') {
        return head_behind_ids(text);
    }
    let (address, rest) = text.split_once([' ', '\t'])?;
    let address = address.parse().ok()?;
    let (name, rest) = rest.trim_start().split_once(": ")?;
    // `lspci -n`: `01:00.0 0300: 10de:1b80 (rev a1)`.
    let digits = name.trim();
    if let Some(class) = number(digits) {
        let ids = rest.split(' ').next().and_then(|ids| pair(ids).ok())?;
        return Some(Head {
            address,
            class: Some(class),
            has_numbers: true,
            ids: Some(ids),
            rest,
        });
    }
    let class = name
        .rsplit('[')
        .next()
        .and_then(|code| code.strip_suffix(']'))
        .and_then(number);
    Some(Head {
        address,
        class: class.or_else(|| named_class(name)),
        has_numbers: class.is_some(),
        ids: ids(rest),
        rest,
    })
}

/// `[10de:1b80] [R] 01:00.0  VGA compatible controller   GP104 [GeForce GTX 1080]`, with a colon behind the class or without,
/// with its number or without; `[R]` marks what can be reset.
fn head_behind_ids(text: &str) -> Option<Head<'_>> {
    let (ids, mut rest) = text.strip_prefix('[')?.split_once(']')?;
    let ids = pair(ids).ok()?;
    if let Some(behind) = rest.trim_start().strip_prefix("[R]") {
        rest = behind;
    }
    let (address, rest) = rest.trim_start().split_once([' ', '\t'])?;
    let address = address.parse().ok()?;
    let rest = rest.trim_start();
    let by_name = class_of(rest);
    let behind = by_name.map_or(rest, |(_, behind)| behind);
    let digits = behind
        .trim_start()
        .strip_prefix('[')
        .and_then(|code| code.split(']').next())
        .and_then(number);
    Some(Head {
        address,
        class: digits.or(by_name.map(|(class, _)| class)),
        has_numbers: true,
        ids: Some(ids),
        rest: behind,
    })
}

/// The class that has this name, and no other.
fn named_class(name: &str) -> Option<u16> {
    class_of(name.trim())
        .filter(|(_, rest)| rest.is_empty())
        .map(|(class, _)| class)
}

/// Four hexadecimal digits.
fn number(digits: &str) -> Option<u16> {
    let whole = digits.len() == 4;
    u16::from_str_radix(digits, 16).ok().filter(|_| whole)
}

/// The last pair of ids in brackets.
pub(super) fn ids(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.rsplit('[');
    parts.find_map(|part| pair(part.split_once(']')?.0).ok())
}

/// The number behind `word`, as far as it goes.
pub(super) fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.split_once(word)?.1;
    rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .next()
}

/// The group at the beginning of a line, and what follows it: `IOMMU Group 14:`, `IOMMU Group 14 01:00.0 ...`,
/// `Group: 14 ...`, `### Group 14 ###`.
pub(super) fn heading(text: &str) -> Option<(GroupId, &str)> {
    let frame = ['#', '=', '*', '-', '[', ']', '_', ':', ' ', '\t'];
    let text = text.trim_start_matches(frame);
    let text = strip_word(text, "iommu").unwrap_or(text);
    let text = strip_word(text.trim_start_matches(frame), "group")?.trim_start_matches(frame);
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    let group = number.parse().ok()?;
    // A bracket opens the ids of a function, behind nothing but blanks; else it is part of the frame.
    let rest = rest.trim_start_matches(|c| c != '[' && frame.contains(&c));
    Some((group, rest))
}

/// The text behind `word`, in whatever case it is written.
fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then_some(rest)
}

/// What the kernel logs of a device: `pci 0000:01:00.0: Adding to iommu group 14`, up to Linux 5.2 `iommu: Adding device
/// 0000:01:00.0 to group 14`.
pub(super) fn logged(text: &str) -> Option<(Address, GroupId)> {
    let (device, group) = if let Some((device, group)) = text.split_once(": Adding to iommu group ")
    {
        (device.rsplit(' ').next()?, group)
    } else {
        text.split_once("iommu: Adding device ")?
            .1
            .split_once(" to group ")?
    };
    let end = group
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(group.len());
    Some((device.parse().ok()?, group.get(..end)?.parse().ok()?))
}

/// The display that the kernel logs as the one that it booted on: `pci 0000:01:00.0: vgaarb: setting as boot VGA device`.
pub(super) fn logged_display(text: &str) -> Option<Address> {
    let (before, rest) = text.split_once("vgaarb: setting as boot ")?;
    let address = match rest.strip_prefix("device: PCI:") {
        Some(address) => address.split(' ').next()?,
        None => before.trim_end_matches([':', ' ']).rsplit(' ').next()?,
    };
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_stands_before_its_functions_in_each_form_that_scripts_print() {
        for (line, wanted) in [
            ("IOMMU Group 14:", Some((14, ""))),
            ("IOMMU group 14", Some((14, ""))),
            ("IOMMU Group 14 01:00.0 VGA", Some((14, "01:00.0 VGA"))),
            (
                "Group: 14  0000:01:00.0 VGA",
                Some((14, "0000:01:00.0 VGA")),
            ),
            ("### Group 14 ###", Some((14, ""))),
            (
                "Group 14:\t[10de:1b80] [R] 01:00.0  VGA",
                Some((14, "[10de:1b80] [R] 01:00.0  VGA")),
            ),
            ("[ IOMMU group 14 ]", Some((14, ""))),
            ("IOMMU Group x", None),
            ("Groups: 14", None),
            ("IOMMU", None),
        ] {
            let seen = heading(line).map(|(group, rest)| (group.0, rest));
            assert_eq!(seen, wanted, "{line}");
        }
    }

    #[test]
    fn the_kernel_logs_groups_and_the_boot_display_in_two_ways_each() {
        for line in [
            "[    0.61] pci 0000:01:00.0: Adding to iommu group 14",
            "Nov 30 18:00:00 host kernel: iommu: Adding device 0000:01:00.0 to group 14",
        ] {
            let seen = logged(line).map(|(address, group)| (address.to_string(), group.0));
            assert_eq!(seen, Some(("0000:01:00.0".to_owned(), 14)), "{line}");
        }
        assert_eq!(logged("platform x: Adding to iommu group 1"), None);
        for line in [
            "[    0.4] pci 0000:01:00.0: vgaarb: setting as boot VGA device",
            "[    0.4] vgaarb: setting as boot device: PCI:0000:01:00.0",
        ] {
            let seen = logged_display(line).map(|address| address.to_string());
            assert_eq!(seen.as_deref(), Some("0000:01:00.0"), "{line}");
        }
    }

    #[test]
    fn a_function_behind_its_ids_is_one_with_the_class_of_that_name() {
        for (line, wanted) in [
            (
                "[10de:1b80] [R] 01:00.0  VGA compatible controller   GP104 [GeForce GTX 1080]",
                Some((Some(0x0300), (0x10de, 0x1b80))),
            ),
            (
                "[10de:10f0] 01:00.1 Audio device: NVIDIA Corporation [GP104] (rev a1)",
                Some((Some(0x0403), (0x10de, 0x10f0))),
            ),
            (
                "[8086:a2a3]     0000:00:1f.4 SMBus [0c05]: Intel Corporation [8086:a2a3]",
                Some((Some(0x0c05), (0x8086, 0xa2a3))),
            ),
            (
                "[1234:5678] 02:00.0  Warp drive   Model 1",
                Some((None, (0x1234, 0x5678))),
            ),
            (
                "[1d6b:0002] Bus 001 Device 001 Linux Foundation 2.0 root hub",
                None,
            ),
            ("[    0.61] pci 0000:01:00.0: x", None),
        ] {
            let seen = head(line).map(|head| (head.class, head.ids.unwrap()));
            assert_eq!(seen, wanted, "{line}");
        }
    }

    #[test]
    fn a_function_without_names_is_one_too() {
        let head = head("01:00.0 0300: 10de:1b80 (rev a1)").map(|head| (head.class, head.ids));
        assert_eq!(head, Some((Some(0x0300), Some((0x10de, 0x1b80)))));
    }
}
