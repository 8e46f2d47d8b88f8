//! `vfio-early list`: the devices by IOMMU group.

pub mod facts;
pub mod text;
