//! One rule of udev: what it matches, as selectors, and what it assigns.
//!
//! Source: `parse_line()` in systemd's src/udev/udev-rules.c.

use crate::config::Selector;
use crate::pci::{Address, AddressPattern};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The rule as it was written, on one line.
    pub(super) text: String,
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    key: String,
    operator: String,
    value: String,
}

/// Which devices a rule is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// Those that these selectors take.
    Devices(Vec<String>),
    /// All.
    All,
    /// No selectors take the same.
    Unknown,
}

/// Reads the rules of a file.
pub(super) fn rules(text: &str) -> Vec<Rule> {
    let text = text.replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    let rule = |line: &str| Rule {
        text: line.split_whitespace().collect::<Vec<_>>().join(" "),
        tokens: tokens(line),
    };
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(rule)
        .collect()
}

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some((head, behind)) = rest.split_once('"') {
        let head = head.trim_start_matches([',', ' ', '\t']).trim_end();
        let head = head
            .strip_suffix(['e', 'i'])
            .filter(|head| head.ends_with('='))
            .unwrap_or(head);
        let start = head.find(['=', '!', '+', '-', ':']).unwrap_or(head.len());
        let (key, operator) = head.split_at_checked(start).unwrap_or((head, ""));
        let (value, after) = value(behind);
        tokens.push(Token {
            key: key.trim().to_owned(),
            operator: operator.trim().to_owned(),
            value,
        });
        rest = after;
    }
    tokens
}

/// A value up to its closing quote, in which a backslash keeps a quote.
fn value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, text.get(at + 1..).unwrap_or_default()),
            '\\' if text.get(at + 1..).is_some_and(|rest| rest.starts_with('"')) => {
                value.push('"');
                chars.next();
            }
            c => value.push(c),
        }
    }
    (value, "")
}

impl Rule {
    fn tests(&self) -> impl Iterator<Item = &Token> {
        let is_test = |token: &&Token| matches!(token.operator.as_str(), "==" | "!=");
        self.tokens.iter().filter(is_test)
    }

    /// Keys and what is assigned to them.
    pub(super) fn actions(&self) -> impl Iterator<Item = (&String, &str)> {
        let tests = |token: &&Token| !matches!(token.operator.as_str(), "==" | "!=");
        let assigns = self.tokens.iter().filter(tests);
        assigns.map(|token| (&token.key, token.value.as_str()))
    }

    /// Whether rules behind this one are passed over.
    pub(super) fn jumps(&self) -> bool {
        self.actions().any(|(key, _)| key == "GOTO")
    }

    /// Whether it asks only for events and subsystems, which is no choice among devices.
    pub(super) fn is_general(&self) -> bool {
        self.tests().all(is_general)
    }

    /// What udev puts in for the device of the rule, with `address` for it.
    pub(super) fn substituted(&self, value: &str, address: &str) -> String {
        let path = format!("/devices/pci0000:00/{address}");
        value
            .replace("$env{PCI_SLOT_NAME}", address)
            .replace("%E{PCI_SLOT_NAME}", address)
            .replace("$kernel", address)
            .replace("%k", address)
            .replace("$id", address)
            .replace("%b", address)
            .replace("/sys/$devpath", &format!("/sys{path}"))
            .replace("$devpath", &path)
            .replace("%p", &path)
            .replace("$sys", "/sys")
            .replace("%S", "/sys")
    }

    /// The devices that the rule is for.
    pub(super) fn devices(&self) -> Match {
        let (mut addresses, mut ids): (Vec<String>, [Option<String>; 5]) =
            (Vec::new(), <[_; 5]>::default());
        for token in self.tests() {
            if is_general(token) {
                continue;
            }
            if token.operator != "==" {
                return Match::Unknown;
            }
            match token.key.as_str() {
                "KERNEL" | "KERNELS" | "ENV{PCI_SLOT_NAME}" if addresses.is_empty() => {
                    let each = token.value.split('|').map(address);
                    match each.collect::<Option<Vec<String>>>() {
                        Some(list) => addresses = list,
                        None => return Match::Unknown,
                    }
                }
                "ATTR{vendor}" => ids[0] = hex(&token.value),
                "ATTR{device}" => ids[1] = hex(&token.value),
                "ATTR{subsystem_vendor}" => ids[2] = hex(&token.value),
                "ATTR{subsystem_device}" => ids[3] = hex(&token.value),
                "ATTR{class}" => ids[4] = class(&token.value),
                "ENV{PCI_ID}" => match token.value.split_once(':') {
                    Some((vendor, device)) => {
                        ids[0] = hex(vendor);
                        ids[1] = hex(device);
                    }
                    None => return Match::Unknown,
                },
                _ => return Match::Unknown,
            }
            let known = !token.key.starts_with("ATTR") || ids_known(&token.key, &ids);
            if !known {
                return Match::Unknown;
            }
        }
        selectors(addresses, &ids)
    }
}

/// Whether the id that a key sets was understood.
fn ids_known(key: &str, ids: &[Option<String>; 5]) -> bool {
    let keys = [
        "{vendor}",
        "{device}",
        "{subsystem_vendor}",
        "{subsystem_device}",
        "{class}",
    ];
    let mut pairs = keys.iter().zip(ids);
    pairs.any(|(name, id)| key.ends_with(name) && id.is_some())
}

fn selectors(addresses: Vec<String>, ids: &[Option<String>; 5]) -> Match {
    let any = "*".to_owned();
    let field = |id: &Option<String>| id.clone().unwrap_or_else(|| any.clone());
    let [vendor, device, subvendor, subdevice, class] = ids;
    let mut id = [vendor, device, subvendor, subdevice].map(field).join(":");
    if let Some(class) = class {
        id = format!("{id}:{class}");
    }
    let has_id = ids.iter().any(Option::is_some);
    let id = id.parse::<Selector>().map(|selector| selector.to_string());
    match (id, addresses.as_slice()) {
        (_, []) if !has_id => Match::All,
        (_, _) if !has_id => Match::Devices(addresses),
        (Ok(id), []) => Match::Devices(vec![id]),
        (Ok(id), addresses) => Match::Devices(
            addresses
                .iter()
                .map(|spot| format!("{id}@{spot}"))
                .collect(),
        ),
        (Err(_), _) => Match::Unknown,
    }
}

fn is_general(token: &Token) -> bool {
    match token.key.as_str() {
        "ACTION" => true,
        "SUBSYSTEM" => token.value == "pci",
        "TEST" | "TEST{0200}" => token.operator == "==" && !token.value.contains('/'),
        _ => false,
    }
}

/// An address, or a pattern of the functions of one device.
fn address(text: &str) -> Option<String> {
    if let Some(stem) = text
        .strip_suffix(".*")
        .or_else(|| text.strip_suffix(".?"))
        .or_else(|| text.strip_suffix(".[0-7]"))
    {
        let pattern = format!("{stem}.*").parse::<AddressPattern>().ok()?;
        return (stem.matches(':').count() == 2).then(|| pattern.to_string());
    }
    let address = text.parse::<Address>().ok()?;
    (text.matches(':').count() == 2).then(|| address.to_string())
}

fn hex(text: &str) -> Option<String> {
    let digits = text.trim_start_matches("0x").to_lowercase();
    (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit())).then_some(digits)
}

/// `0x030000`, or `0x0300*` for what begins so.
fn class(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x")?.to_lowercase();
    let given = digits.trim_end_matches(['*', '?']);
    let good = matches!(given.len(), 2 | 4 | 6) && given.bytes().all(|b| b.is_ascii_hexdigit());
    let mask = "ff".repeat(given.len() / 2);
    good.then(|| format!("{given:0<6}:{mask:0<6}"))
}
