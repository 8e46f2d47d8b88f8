//! What a user can choose from: the devices by group, with what goes along, and what the system keeps and why.

use std::fmt::Write;

use crate::config::Request;
use crate::host::advice::Advice;
use crate::host::pci_ids::Names;
use crate::host::terminal::{Piece, Style, Terminal};
use crate::machine::{Machine, selected};
use crate::pci::{Address, Device};

/// A device with what goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The device.
    pub address: Address,
    /// Its group and address.
    head: String,
    /// What it is.
    what: String,
    /// What goes along.
    along: String,
    /// Why it cannot be chosen.
    kept: Option<String>,
}

/// The devices of `next`, of which `request` is asked without them, by group.
pub fn choices(request: &Request, next: &Machine, names: &Names) -> Vec<Choice> {
    let claimed = request.selectors.iter();
    let claimed = claimed.flat_map(|ask| selected(&ask.selector, &next.bus));
    let claimed: Vec<Address> = claimed.map(|device| device.address).collect();
    let mut devices: Vec<&Device> = next.bus.devices.iter().collect();
    // A function of the platform is nothing that a guest could use.
    devices.retain(|device| !device.is_bridge() && device.class.0 >> 16 != BRIDGES);
    // What comes with a display is shown with it.
    devices.sort_by_key(|device| (!device.class.is_display(), device.address));
    let mut along: Vec<Address> = Vec::new();
    let mut list = Vec::new();
    for device in devices {
        if along.contains(&device.address) {
            continue;
        }
        let advice = Advice::lasting(request, next, device);
        let kept = if claimed.contains(&device.address) {
            Some("it is asked for already".to_owned())
        } else {
            let obstacle = advice.obstacle();
            obstacle.map(|reason| format!("{}: {}", reason.code(), reason.fact()))
        };
        if kept.is_none() {
            along.extend(&advice.others);
        }
        let others: &[Address] = if kept.is_none() { &advice.others } else { &[] };
        list.push((device.group, choice(device, others, names, kept)));
    }
    list.sort_by_key(|(group, choice)| (group.is_none(), *group, choice.address));
    list.into_iter().map(|(_, choice)| choice).collect()
}

/// The class of bridges, host bridges among them.
const BRIDGES: u32 = 0x06;

fn choice(device: &Device, along: &[Address], names: &Names, kept: Option<String>) -> Choice {
    let group = device
        .group
        .map_or_else(|| "-".to_owned(), |group| group.to_string());
    let name = names.device(device.id);
    let class = names.class(device.class);
    let mut what = name.unwrap_or_else(|| device.id.to_string());
    let _ = write!(what, " ({class})");
    let along: Vec<String> = along.iter().map(ToString::to_string).collect();
    Choice {
        address: device.address,
        head: format!("group {group:>3}  {}  ", device.address),
        what,
        along: match along.as_slice() {
            [] => String::new(),
            along => format!(", with {}", along.join(", ")),
        },
        kept,
    }
}

impl Choice {
    /// Whether it can be chosen.
    pub fn is_free(&self) -> bool {
        self.kept.is_none()
    }

    /// The choice in one line of at most `width` characters, what goes along at its end wherever that fits.
    pub fn line(&self, width: usize) -> String {
        let end = cut(&self.along, width.saturating_sub(self.head.chars().count()));
        let room = width.saturating_sub(self.head.chars().count() + end.chars().count());
        let what = cut(&crate::escape::escaped(&self.what), room);
        format!("{}{what}{end}", self.head)
    }

    fn pieces(&self) -> (Piece, Piece) {
        let head = format!("  {}", self.head);
        match &self.kept {
            None => {
                let text = format!("{}{}", self.what, self.along);
                ((head, Style::Plain), (text, Style::Plain))
            }
            Some(why) => {
                let text = format!("{}; {why}", self.what);
                ((head, Style::Faint), (text, Style::Faint))
            }
        }
    }
}

/// At most `width` characters of a text.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let short: String = text.chars().take(width.saturating_sub(3)).collect();
    short + "..."
}

/// The choices that are free, or those that are not, below a heading; empty where there are none.
pub fn table(choices: &[Choice], free: bool, look: &Terminal) -> String {
    let heading = if free {
        "what can be enabled:\n"
    } else {
        "what stays with the host:\n"
    };
    let mut text = String::new();
    for choice in choices.iter().filter(|choice| choice.is_free() == free) {
        let (head, what) = choice.pieces();
        text += &look.beside(&[head], &[what]);
    }
    if text.is_empty() {
        text
    } else {
        format!("{heading}{text}")
    }
}
