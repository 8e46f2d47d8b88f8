//! What a script does to devices.

use super::obstacle::ObstacleKind;
use super::value::{DEVICE, EACH, FUNCTIONS, VENDOR, is_each, is_unknown};
use crate::pci::Address;

/// What a script does to devices, in order and each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Devices and the driver that each is given to.
    pub takes: Vec<(Taken, String)>,
    /// Drivers and the ids that each is given.
    pub ids: Vec<(String, String)>,
    /// Lists of ids that a driver is loaded with.
    pub lists: Vec<(String, String)>,
    /// Devices and how many virtual functions are made of each.
    pub functions: Vec<(String, String)>,
}

/// A device that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The one at an address, `*` for each function.
    At(String),
    /// All members of the group of the one at this address.
    Group(Address),
    /// Every display but the one that the machine booted on.
    Secondary,
    /// The one that a loop looks at, and its function.
    Each(u8),
}

impl Effects {
    pub(super) fn take(&mut self, taken: Taken, driver: &str) {
        let take = (taken, driver.to_owned());
        if !self.takes.contains(&take) {
            self.takes.push(take);
        }
    }
}

/// The device that a path below /sys leads to: the last address in it, and what stands behind it.
pub(super) fn device(path: &str) -> Option<(&str, &str)> {
    let is_address = |part: &&str| {
        part.parse::<Address>().is_ok() && part.len() >= EACH.chars().count() || is_each(part)
    };
    let part = path.split('/').rev().find(is_address)?;
    let (_, behind) = path.rsplit_once(part)?;
    Some((part, behind.trim_start_matches('/')))
}

/// The device of that name.
pub(super) fn taken(name: &str) -> Result<Taken, ObstacleKind> {
    if let Some(device) = name.strip_suffix(FUNCTIONS) {
        if is_unknown(device) || is_each(device) {
            return Err(ObstacleKind::Value);
        }
        return Ok(Taken::At(format!("{device}*")));
    }
    let each = EACH.trim_end_matches('0');
    if let Some(function) = name.strip_prefix(each) {
        return match function.parse() {
            Ok(number) if number < 8 => Ok(Taken::Each(number)),
            _ => Err(ObstacleKind::Value),
        };
    }
    // The kernel's names have a domain.
    let full = name.matches(':').count() == 2;
    match name.parse::<Address>() {
        Ok(address) if full => Ok(Taken::At(address.to_string())),
        _ => Err(ObstacleKind::Value),
    }
}

/// The id that a text for `new_id` names, or the device that it was read from.
pub(super) fn new_id(text: &str) -> Result<Result<String, Taken>, ObstacleKind> {
    let mut words = text.split_whitespace();
    let (Some(vendor), Some(id)) = (words.next(), words.next()) else {
        return Err(ObstacleKind::Value);
    };
    if let (Some(one), Some(other)) = (vendor.strip_prefix(VENDOR), id.strip_prefix(DEVICE)) {
        return if one == other && words.next().is_none() {
            taken(one).map(Err)
        } else {
            Err(ObstacleKind::Value)
        };
    }
    let rest: Vec<&str> = words.collect();
    let mut fields = vec![vendor, id];
    fields.extend(rest);
    let digits = |field: &&str| {
        let field = field.trim_start_matches("0x").trim_start_matches("0X");
        !field.is_empty() && field.len() <= 8 && field.bytes().all(|b| b.is_ascii_hexdigit())
    };
    if !fields.iter().all(digits) || fields.len() > 6 {
        return Err(ObstacleKind::Value);
    }
    let plain = |field: &&str| {
        field
            .trim_start_matches("0x")
            .trim_start_matches("0X")
            .to_lowercase()
    };
    let fields: Vec<String> = fields.iter().map(plain).collect();
    Ok(Ok(fields.join(":")))
}
