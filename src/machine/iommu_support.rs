//! What firmware and kernel have for an IOMMU that is not in use: the units that a table lists, and the options that the
//! kernel was built with.
//!
//! Source: "Remapping Structure Types" in Intel's VT-d specification and "I/O Virtualization Definition Blocks" in AMD's
//! IOMMU specification; Linux's drivers/iommu/Kconfig, and the files that distributions install of it.

use crate::sys::{Root, SysPath};

/// The header of both tables, in bytes.
const HEADER: usize = 48;

/// The options without which a kernel uses no IOMMU of their kind.
const OPTIONS: [&str; 3] = [
    "CONFIG_AMD_IOMMU",
    "CONFIG_INTEL_IOMMU",
    "CONFIG_INTEL_IOMMU_DEFAULT_ON",
];

/// Reads the entry that a rest of a table begins with: whether it is a unit, and its length.
type ReadEntry = dyn Fn(&[u8]) -> Option<(bool, usize)>;

/// Whether the table `name` was read and lists no IOMMU.
pub(super) fn lists_none(root: &Root, name: &str) -> bool {
    let Ok(table) = root.attribute(SysPath::AcpiTable(name)) else {
        return false;
    };
    match name {
        "DMAR" => has_no_unit(&table, &|entry| {
            let (kind, length) = (word(entry, 0)?, word(entry, 2)?);
            Some((kind == 0, length))
        }),
        "IVRS" => has_no_unit(&table, &|entry| {
            let kind = *entry.first()?;
            Some((matches!(kind, 0x10 | 0x11 | 0x40), word(entry, 2)?))
        }),
        _ => false,
    }
}

/// Walks the entries of a table to its end; `false` where one is a unit, and where the table makes no sense.
fn has_no_unit(table: &[u8], read: &ReadEntry) -> bool {
    let Some(mut rest) = table.get(HEADER..) else {
        return false;
    };
    while !rest.is_empty() {
        let Some((is_unit, length)) = read(rest) else {
            return false;
        };
        match rest.get(length..) {
            Some(behind) if !is_unit && length > 0 => rest = behind,
            _ => return false,
        }
    }
    true
}

/// Two bytes of `entry`, the lower one first.
fn word(entry: &[u8], at: usize) -> Option<usize> {
    let bytes = entry.get(at..at + 2)?.try_into().ok()?;
    Some(usize::from(u16::from_le_bytes(bytes)))
}

/// The options for IOMMUs that kernel `release` was built with, as `CONFIG_INTEL_IOMMU=y` or `=n`; empty where its
/// configuration is not at hand.
pub(super) fn kernel_config(root: &Root, release: &str) -> Vec<String> {
    if !root.exists(SysPath::Iommus) {
        return vec!["CONFIG_IOMMU_API=n".to_owned()];
    }
    let places = [
        SysPath::KernelConfig(release),
        SysPath::Modules(release, "config"),
    ];
    places
        .into_iter()
        .find_map(|place| options_in(root, place))
        .unwrap_or_default()
}

/// The options in one file; `None` where it cannot be read, or is no configuration of a kernel.
fn options_in(root: &Root, place: SysPath<'_>) -> Option<Vec<String>> {
    let mut set = [false; OPTIONS.len()];
    let mut is_config = false;
    let mut take = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        let Some((name, value)) = line.trim_end().split_once('=') else {
            return;
        };
        is_config |= name.starts_with("CONFIG_");
        for (option, set) in OPTIONS.iter().zip(&mut set) {
            *set |= *option == name && value == "y";
        }
    };
    let there = root.lines(place, &mut take).unwrap_or(false);
    // An option whose own conditions do not hold is not in the file at all.
    let word = |(option, set): (&&str, &bool)| format!("{option}={}", if *set { "y" } else { "n" });
    (there && is_config).then(|| OPTIONS.iter().zip(&set).map(word).collect())
}

#[cfg(test)]
#[allow(
    clippy::disallowed_methods,
    reason = "the tests make the files that they read"
)]
mod tests {
    use super::*;

    fn table(entries: &[&[u8]]) -> Vec<u8> {
        [&[0; HEADER][..], &entries.concat()].concat()
    }

    fn lists_none_in(name: &str, table: &[u8]) -> bool {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sys/firmware/acpi/tables");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(name), table).unwrap();
        lists_none(&Root::at(dir.path()), name)
    }

    #[test]
    fn a_table_is_empty_only_where_it_was_read_to_its_end() {
        let (unit, reserved) = ([0, 0, 4, 0], [1, 0, 6, 0, 9, 9]);
        for (name, bytes, wanted) in [
            ("DMAR", table(&[&reserved, &unit]), false),
            ("DMAR", table(&[&reserved]), true),
            ("DMAR", table(&[]), true),
            ("DMAR", table(&[&[1, 0, 9, 0]]), false),
            ("DMAR", table(&[&[1, 0, 0, 0]]), false),
            ("DMAR", vec![], false),
            ("IVRS", table(&[&[0x11, 0, 4, 0]]), false),
            ("IVRS", table(&[&[0x20, 0, 4, 0]]), true),
            ("IORT", table(&[]), false),
        ] {
            assert_eq!(lists_none_in(name, &bytes), wanted, "{name} {bytes:?}");
        }
    }

    #[test]
    fn an_option_that_is_not_in_the_configuration_is_off() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        assert_eq!(kernel_config(&root, "6.1"), ["CONFIG_IOMMU_API=n"]);
        std::fs::create_dir_all(dir.path().join("sys/class/iommu")).unwrap();
        assert!(kernel_config(&root, "6.1").is_empty());
        std::fs::create_dir_all(dir.path().join("lib/modules/6.1")).unwrap();
        let text = "CONFIG_INTEL_IOMMU=y\n# CONFIG_INTEL_IOMMU_DEFAULT_ON is not set\n";
        std::fs::write(dir.path().join("lib/modules/6.1/config"), text).unwrap();
        let wanted = [
            "CONFIG_AMD_IOMMU=n",
            "CONFIG_INTEL_IOMMU=y",
            "CONFIG_INTEL_IOMMU_DEFAULT_ON=n",
        ];
        assert_eq!(kernel_config(&root, "6.1"), wanted);
    }
}
