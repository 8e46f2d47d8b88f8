//! What becomes of one device that was requested.

use std::rc::Rc;

use super::message::Reason;
use super::preparation::PlannedPreparation;
use crate::config::RequestedSelector;
use crate::pci::{Address, Device, DriverName};

/// What becomes of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is to be bound to the driver wanted.
    Claim,
    /// It is bound to it.
    Already,
    /// No driver is to have it: it is of the platform, and its group is given away.
    Hold,
    /// It stays with the host.
    Refuse(Reason),
    /// It would be claimed, but that cannot be done.
    Fail(Reason),
}

/// One device that was requested.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The device.
    pub device: Device,
    /// The first selector that took it.
    pub requested: Rc<RequestedSelector>,
    /// The driver wanted.
    pub driver: DriverName,
    /// What becomes of it.
    pub decision: Decision,
    /// What is done to it before its driver comes, if it is claimed.
    pub preparations: Vec<PlannedPreparation>,
}

/// A selector, and the devices that it takes.
#[derive(Clone, Debug)]
pub struct Match {
    /// The selector.
    pub requested: Rc<RequestedSelector>,
    /// The devices, in the order of their addresses.
    pub addresses: Vec<Address>,
}
