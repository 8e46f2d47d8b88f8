//! A machine from the saved output of `lspci`, with or without `-D`: what people paste into bug reports.
//!
//! Any form with the numbers of the devices serves: `-nnvvk`, `-nnvk`, `-nnk`, `-nn`, `-n`, and the listings by IOMMU group
//! that scripts make of them, with the class by number or by name, one or several in one text, with the lines of the kernel's log that name groups. What the text does not contain is
//! unknown, never guessed: a path needs every bridge on the way, a root bus needs the whole machine.

mod display;
mod function;
mod interface;
mod line;
mod place;
mod shown;
mod sriov;

use crate::machine::{Machine, Unknown};
use crate::pci::{Address, Device, GroupId};

use self::display::boot_display;
use self::function::Function;
use self::line::{bare, head, heading, is_indented, logged, logged_display};
use self::place::{Functions, path, physical};
use self::shown::Shown;
use super::TextError;

/// Whether a text is lspci's: a line begins with an address, its class and a colon, perhaps behind an IOMMU group.
pub(super) fn is_lspci(text: &str) -> bool {
    let is_function = |line: &str| {
        let own = bare(line);
        let behind_group = || heading(own).and_then(|(_, rest)| head(rest));
        head(own).or_else(behind_group).is_some()
    };
    text.lines().any(is_function)
}

/// Reads a machine from what lspci printed. Quote marks and indentation in front of its lines do not matter.
///
/// Errors where numbers are missing (`-nn`), where lines are wrapped, or where the text is of two machines.
pub(super) fn parse(text: &str) -> Result<Machine, TextError> {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.take(line)?;
    }
    reader.machine()
}

/// The functions that were printed by one command.
#[derive(Debug, Default)]
struct Listing {
    functions: Functions,
    by_group: bool,
}

/// A group, and whether its line holds nothing else.
#[derive(Clone, Copy, Debug)]
struct Heading {
    group: GroupId,
    alone: bool,
}

/// Goes through the text once.
#[derive(Debug, Default)]
struct Reader {
    listings: Vec<Listing>,
    /// The function whose lines are being read.
    current: Option<Address>,
    /// The group that the functions below it are in.
    heading: Option<Heading>,
    /// Whether no function followed that heading yet.
    fresh: bool,
    /// Whether `IOMMU group: 14` is a heading here; elsewhere it is what `-vv` prints of a function.
    colon: bool,
    logged: Vec<(Address, GroupId)>,
    logged_display: Option<Address>,
}

impl Reader {
    fn take(&mut self, line: &str) -> Result<(), TextError> {
        let text = bare(line);
        if let Some(found) = logged(text) {
            self.logged.push(found);
            return Ok(());
        }
        if let Some(display) = logged_display(text) {
            self.logged_display = Some(display);
            return Ok(());
        }
        if let Some((group, rest)) = heading(text).filter(|_| self.is_heading(text)) {
            if rest.is_empty() {
                self.heading = Some(Heading { group, alone: true });
                self.fresh = true;
                return Ok(());
            }
            if let Some(head) = head(rest) {
                self.heading = Some(Heading {
                    group,
                    alone: false,
                });
                self.fresh = true;
                return self.add(Function::new(&head, Some(group)), &head);
            }
        }
        if let Some(head) = head(text) {
            let group = self.group(line, head.address);
            return self.add(Function::new(&head, group), &head);
        }
        let known = match self.function() {
            Some(function) => function.take(text)?,
            None => false,
        };
        if !known && !text.is_empty() && !is_indented(line) {
            self.heading = None;
        }
        Ok(())
    }

    /// Whether a line with a group is one above functions.
    fn is_heading(&mut self, text: &str) -> bool {
        if text.starts_with("IOMMU group: ") {
            self.colon |= self.current.is_none();
            return self.colon;
        }
        true
    }

    /// The group that the function at `address` is in by the heading above it.
    fn group(&mut self, line: &str, address: Address) -> Option<GroupId> {
        let heading = self.heading?;
        let goes_on = self.fresh || self.current.is_some_and(|above| above < address);
        if goes_on && (heading.alone || is_indented(line)) {
            return Some(heading.group);
        }
        self.heading = None;
        None
    }

    fn add(&mut self, function: Function, head: &line::Head<'_>) -> Result<(), TextError> {
        let address = head.address;
        if head.has_numbers && head.ids.is_none() {
            return Err(TextError::Wrapped { address });
        }
        let by_group = function.group.is_some();
        let falls = self.current.is_some_and(|above| above >= address);
        let goes_on = self.listings.last().is_some_and(|listing| {
            let repeats = listing.functions.contains_key(&address);
            listing.by_group == by_group && !repeats && (by_group || !falls)
        });
        if !goes_on {
            self.listings.push(Listing {
                by_group,
                ..Listing::default()
            });
        }
        if let Some(listing) = self.listings.last_mut() {
            listing.functions.insert(address, function);
        }
        self.current = Some(address);
        self.fresh = false;
        Ok(())
    }

    fn function(&mut self) -> Option<&mut Function> {
        let listing = self.listings.last_mut()?;
        listing.functions.get_mut(&self.current?)
    }

    /// The functions of all listings, each once.
    fn functions(self) -> Result<Functions, TextError> {
        let mut functions = Functions::new();
        for listing in self.listings {
            // What is printed of one function is printed of each that has it.
            let all = listing.functions.values();
            let shown = all.fold(Shown::default(), |seen, one| seen.or(one.shown));
            for (address, mut function) in listing.functions {
                function.set_shown(shown);
                if let Some(known) = functions.get_mut(&address) {
                    known.update(function)?;
                } else {
                    functions.insert(address, function);
                }
            }
        }
        for (address, group) in self.logged {
            if let Some(function) = functions.get_mut(&address) {
                function.shown.groups = true;
                function.group = function.group.or(Some(group));
            }
        }
        Ok(functions)
    }

    fn machine(self) -> Result<Machine, TextError> {
        let logged_display = self.logged_display;
        let functions = self.functions()?;
        let logged_display = logged_display.filter(|address| functions.contains_key(address));
        let display = logged_display.or_else(|| boot_display(&functions));
        let lacks = |has: fn(&Function) -> bool| !functions.values().all(has);
        let mut machine = Machine {
            unknown: Unknown {
                iommu: true,
                groups: lacks(|function| function.shown.groups),
                drivers: lacks(|function| function.shown.drivers),
                subsystems: lacks(|function| function.shown.subsystems),
                classes: lacks(Function::has_class),
                interfaces: lacks(|function| !function.hides_interface()),
                virtual_functions: lacks(|function| function.shown.capabilities),
                modules: true,
                boot_display: display.is_none(),
                resets: true,
            },
            ..Machine::default()
        };
        for function in functions.values() {
            machine.bus.devices.push(Device {
                path: path(&functions, function.address),
                physical: physical(&functions, function.address),
                boot_display: display
                    .filter(|_| function.is_vga())
                    .map(|display| display == function.address),
                ..function.device()?
            });
        }
        Ok(machine)
    }
}

#[cfg(test)]
mod tests;
