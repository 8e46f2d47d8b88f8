//! Whose IOMMU it is, and why it remaps no interrupts.

/// Whose IOMMU it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IommuKind {
    /// Intel VT-d (DMAR).
    Intel,
    /// AMD-Vi (IVRS).
    Amd,
    /// An ARM SMMU (IORT or device tree).
    Arm,
    /// virtio-iommu (VIOT).
    Virtio,
}

impl IommuKind {
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

/// Why interrupts are not remapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoRemapping {
    /// This word of the command line turns it off.
    TurnedOff(String),
    /// A virtio-iommu remaps none.
    Virtio,
    /// Firmware or kernel offer none.
    NotOffered,
}
