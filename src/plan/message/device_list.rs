//! Lists of devices and uses in a sentence.

use std::fmt::Write;

use super::place::Place;
use super::reason::Twin;
use crate::pci::Address;
use crate::plan::blocker::Blocker;

/// How many devices a message names; the report lists all.
const SHOWN: usize = 6;

/// `items` with `separator` between them, `and N more` in place of those that are too many.
pub(super) fn some<T: ToString>(items: &[T], separator: &str) -> String {
    let shown: Vec<String> = items.iter().take(SHOWN).map(T::to_string).collect();
    match items.len().saturating_sub(SHOWN) {
        0 => shown.join(separator),
        more => format!("{}{separator}{more} more", shown.join(separator)),
    }
}

/// Some addresses with their verb.
pub(super) fn are(addresses: &[Address]) -> String {
    let verb = if addresses.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", some(addresses, ", "))
}

/// The selectors that mean one twin each: a path where there is one, with the address now. Those that nobody should write
/// are left out.
pub(super) fn alternatives(twins: &[Twin]) -> Option<String> {
    let one = |twin: &Twin| match &twin.path {
        // On a root bus the path and the address are the same.
        Some(path) if path.depth() > 0 => format!("{path} (now {})", twin.address),
        _ => twin.address.to_string(),
    };
    let advised: Vec<String> = twins.iter().filter(|twin| twin.advised).map(one).collect();
    (!advised.is_empty()).then(|| format!("to mean one of them, write {}", advised.join(" or ")))
}

/// The members of a group that are not ours, each with the driver that has it or will have it, and the code of the reason, as far as there is one.
pub(super) fn members(members: &[Blocker]) -> String {
    let mut list = Vec::new();
    for member in members {
        let mut text = member.address.to_string();
        let coming = member.coming.as_ref();
        let driver = member.driver.as_ref().map(ToString::to_string);
        let driver = driver.or_else(|| Some(format!("{} will bind it", coming?)));
        let _ = match (driver, member.code) {
            (Some(driver), Some(code)) => write!(text, " ({driver}, {code})"),
            (Some(driver), None) => write!(text, " ({driver})"),
            (None, Some(code)) => write!(text, " ({code})"),
            (None, None) => Ok(()),
        };
        list.push(text);
    }
    list.join(", ")
}

/// What to do about such members: `claim`, where nothing prevents that, and what overrides the guards that do.
pub(super) fn advice(members: &[Blocker], claim: &str, place: Place) -> Option<String> {
    let free = members.iter().filter(|member| member.code.is_none());
    let free = free.count();
    if free == members.len() {
        return Some(claim.to_owned());
    }
    let mut advice = Vec::new();
    if free > 0 {
        advice.push("+group claims those without a reason".to_owned());
    }
    let guarded: Vec<String> = members
        .iter()
        .filter_map(|member| Some(format!("{}@{}", member.guard?, member.address)))
        .collect();
    if !guarded.is_empty() {
        let list = guarded.join(",");
        advice.push(match place {
            Place::Boot => {
                format!("to override the guards, add +group and vfio-early.force={list}")
            }
            Place::Host => format!("to override the guards, add +group and --force {list}"),
        });
    }
    (!advice.is_empty()).then(|| advice.join("; "))
}
