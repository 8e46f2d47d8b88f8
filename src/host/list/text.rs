//! The devices of a machine by IOMMU group.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::facts::{Fact, Ours};
use crate::host::snapshot::HostSnapshot;
use crate::host::terminal::{GLUE, Piece, Style, Terminal, plain};
use crate::pci::{Address, Device, GroupId};
use crate::plan::{IommuVerdict, Reason};
use crate::report::iommu_line;

/// What of each device is shown besides the usual.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The selector by the path through the bridges, for each device.
    pub paths: Option<BTreeMap<Address, String>>,
    /// The serial number.
    pub serials: bool,
}

/// The devices in `shown`, below the IOMMU group that each is in.
pub fn list(
    snapshot: &HostSnapshot<'_>,
    iommu: &IommuVerdict,
    shown: &[&Device],
    columns: &Columns,
    look: &Terminal,
) -> String {
    let mut text = iommu_line(iommu);
    text.push('\n');
    if let Some(cause) = &iommu.cause {
        text += &look.beside(&[], &[plain(cause.message())]);
    }
    if let Some(word) = iommu.acs_override.clone() {
        let fact = Reason::AcsOverride { word }.fact();
        text += &look.beside(&[], &[(fact, Style::Warn)]);
    }
    let mut groups: Vec<Option<GroupId>> = shown.iter().map(|device| device.group).collect();
    // Those without a group come last.
    groups.sort_unstable_by_key(|group| (group.is_none(), *group));
    groups.dedup();
    let widths = Widths::of(snapshot, shown);
    let unknown = &snapshot.machine.unknown;
    for group in groups {
        let title = match group {
            Some(group) => format!("group {group}"),
            None if unknown.groups && unknown.is_of_text() => {
                "group not contained in the text".to_owned()
            }
            None if unknown.groups => "group not known".to_owned(),
            None => "no group".to_owned(),
        };
        let _ = writeln!(text, "{}", look.paint(&[(title, Style::Bold)]));
        for device in shown.iter().filter(|device| device.group == group) {
            let fact = Fact::of(snapshot, device);
            text += &look.beside(&widths.head(&fact), &items(&fact, columns));
        }
    }
    text
}

/// How wide the columns are in front of the words.
struct Widths {
    address: usize,
    driver: usize,
}

impl Widths {
    fn of(snapshot: &HostSnapshot<'_>, shown: &[&Device]) -> Self {
        let widest =
            |text: &dyn Fn(&Device) -> usize| shown.iter().map(|device| text(device)).max();
        Self {
            address: widest(&|device| device.address.to_string().len()).unwrap_or(0),
            driver: widest(&|device| Fact::of(snapshot, device).driver_word().len()).unwrap_or(0),
        }
    }

    fn head(&self, fact: &Fact<'_>) -> Vec<Piece> {
        let device = fact.device;
        let paint = match fact.ours {
            Ours::Yes => Style::Good,
            Ours::Lost => Style::Warn,
            Ours::No => Style::Plain,
        };
        // A width counts for text only, not for what has a Display of its own.
        let (address, driver) = (device.address.to_string(), fact.driver_word());
        vec![
            plain(format!("  {address:<0$}  {1}  ", self.address, device.id)),
            (driver.to_owned(), paint),
            plain(" ".repeat(self.driver.saturating_sub(driver.len()) + 2)),
        ]
    }
}

/// What a list has of a device beside its address, id and driver.
fn items(fact: &Fact<'_>, columns: &Columns) -> Vec<Piece> {
    let mut items = vec![plain(match &fact.name {
        Some(name) => format!("{}: {name}", fact.class_name),
        None => fact.class_name.clone(),
    })];
    let mut add = |text: String, paint| items.push((text, paint));
    match fact.ours {
        Ours::Yes => add("ours".to_owned(), Style::Good),
        Ours::Lost => add("claimed at boot, no longer ours".to_owned(), Style::Warn),
        Ours::No => {}
    }
    if fact.device.no_answer {
        add("does not answer".to_owned(), Style::Warn);
    }
    if fact.device.boot_display == Some(true) {
        add("boot display".to_owned(), Style::Warn);
    }
    let details = fact.device.details.as_deref();
    if let Some(methods) = details.and_then(|details| details.reset_methods.as_ref()) {
        add(format!("reset {methods}"), Style::Plain);
    }
    if let Some(node) = details.and_then(|details| details.numa_node) {
        add(format!("node{GLUE}{node}"), Style::Plain);
    }
    let device = fact.device;
    if let Some(driver) = device
        .driver_override
        .as_ref()
        .filter(|_| device.driver_override != device.driver)
    {
        add(format!("override {driver}"), Style::Plain);
    }
    if let Some(path) = &fact.rom {
        add(format!("ROM copied to {path}"), Style::Plain);
    }
    if let Some(paths) = &columns.paths {
        let path = paths.get(&device.address);
        let path = path.map_or("not known", String::as_str);
        add(format!("path{GLUE}{path}"), Style::Plain);
    }
    if let Some(serial) = fact.device.serial.filter(|_| columns.serials) {
        add(format!("serial{GLUE}{serial}"), Style::Plain);
    }
    let last = items.len().saturating_sub(1);
    for (text, _) in items.iter_mut().take(last) {
        text.push(';');
    }
    items
}
