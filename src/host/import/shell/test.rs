//! Conditions, as far as they are known on any machine.

use super::effects::device;
use super::shell::Shell;
use super::value::{is_each, is_empty, is_unknown, matches};

/// Files that every device has, or that one has wherever a script asks for them.
const FILES: [&str; 9] = [
    "",
    "driver_override",
    "vendor",
    "device",
    "class",
    "config",
    "boot_vga",
    "iommu_group",
    "sriov_numvfs",
];

impl Shell<'_> {
    /// The result of `test`, `[` or `[[`; `None` where it is not known.
    pub(super) fn test(&self, name: &str, arguments: &[String]) -> Option<bool> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let words = match (name, words.as_slice()) {
            ("[", [inner @ .., "]"]) => inner,
            ("[", _) => return None,
            (_, words) => words,
        };
        condition(words, name == "[[")
    }
}

fn condition(words: &[&str], double: bool) -> Option<bool> {
    match words {
        [] => Some(false),
        ["!", rest @ ..] => condition(rest, double).map(|result| !result),
        [text] => is_empty(text).map(|empty| !empty),
        ["-z", text] => is_empty(text),
        ["-n", text] => is_empty(text).map(|empty| !empty),
        ["-e" | "-f" | "-d" | "-w" | "-r" | "-s", path] => exists(path),
        [one, operator, other] => compare(one, operator, other, double),
        _ => {
            let at = words.iter().position(|word| matches!(*word, "-a" | "-o"))?;
            let one = condition(words.get(..at)?, double);
            let other = condition(words.get(at + 1..)?, double);
            match (words.get(at), one, other) {
                (Some(&"-a"), Some(false), _) | (Some(&"-a"), _, Some(false)) => Some(false),
                (Some(&"-a"), one, other) => Some(one? && other?),
                (_, Some(true), _) | (_, _, Some(true)) => Some(true),
                (_, one, other) => Some(one? || other?),
            }
        }
    }
}

fn compare(one: &str, operator: &str, other: &str, double: bool) -> Option<bool> {
    match operator {
        "=" | "==" => equal(one, other, double),
        "!=" => equal(one, other, double).map(|equal| !equal),
        "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
            let number = |text: &str| text.trim().parse::<i64>().ok();
            let (one, other) = (number(one)?, number(other)?);
            Some(match operator {
                "-eq" => one == other,
                "-ne" => one != other,
                "-lt" => one < other,
                "-le" => one <= other,
                "-gt" => one > other,
                _ => one >= other,
            })
        }
        _ => None,
    }
}

fn equal(one: &str, other: &str, double: bool) -> Option<bool> {
    if is_unknown(one) || is_unknown(other) || is_each(one) || is_each(other) {
        return None;
    }
    if double {
        return matches(one, other);
    }
    Some(one == other)
}

/// Whether a file is there: the devices that a script names are, and each is then claimed if it is.
fn exists(path: &str) -> Option<bool> {
    if is_unknown(path) {
        return None;
    }
    let (_, behind) = device(path)?;
    FILES.contains(&behind).then_some(true)
}
