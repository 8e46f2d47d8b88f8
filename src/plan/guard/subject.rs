//! What a guard looks at.

use crate::config::Request;
use crate::machine::Machine;
use crate::pci::{Device, DriverName};
use crate::plan::iommu::IommuVerdict;

/// What a guard looks at.
#[derive(Debug)]
pub(in crate::plan) struct Subject<'a> {
    pub(in crate::plan) device: &'a Device,
    pub(in crate::plan) driver: &'a DriverName,
    pub(in crate::plan) request: &'a Request,
    pub(in crate::plan) machine: &'a Machine,
    pub(in crate::plan) iommu: &'a IommuVerdict,
}
