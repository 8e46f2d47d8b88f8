//! The words of a command line that matter here, for a report that can be shown to everybody.
//!
//! Source: the parameters in vfio-early.conf(5) and what `KernelParameters` reads.

use super::cmdline::{Param, params};

/// Keys, or how they begin, their `_` written as `-`.
const KEYS: [&str; 9] = [
    "vfio",
    "pci-stub.",
    "intel-iommu",
    "amd-iommu",
    "iommu",
    "intremap",
    "nointremap",
    "acpi",
    "pcie-acs-override",
];

/// The words that are for us or for the IOMMU; what names a disk, a host or a file is left out.
pub fn relevant_parameters(cmdline: &[u8]) -> Vec<String> {
    let matters = |param: &Param<'_>| {
        let key = String::from_utf8_lossy(param.key).replace('_', "-");
        KEYS.iter().any(|start| key.starts_with(start))
    };
    params(cmdline).filter(matters).map(word).collect()
}

fn word(param: Param<'_>) -> String {
    let key = String::from_utf8_lossy(param.key);
    match param.value.map(String::from_utf8_lossy) {
        Some(value) if value.contains(' ') => format!("{key}=\"{value}\""),
        Some(value) => format!("{key}={value}"),
        None => key.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_for_us_and_the_iommu_are_kept() {
        let cmdline = b"BOOT_IMAGE=/vmlinuz root=UUID=1-2 vfio-early.ids=03:00.0 quiet intel_iommu=on vfio_pci.x=\"a b\" \
                        nointremap -- vfio.ids=1:2\n";
        let wanted = [
            "vfio-early.ids=03:00.0",
            "intel_iommu=on",
            "vfio_pci.x=\"a b\"",
            "nointremap",
        ];
        assert_eq!(relevant_parameters(cmdline), wanted);
    }
}
