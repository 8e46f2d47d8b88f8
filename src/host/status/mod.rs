//! `vfio-early status`: the report of the boot beside the present state.

pub mod device_status;
