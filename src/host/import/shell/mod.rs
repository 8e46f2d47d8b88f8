//! Reads shell scripts: what they do to devices is understood in full, or not at all.
//!
//! A script is followed command by command with the values that it gives its variables. Where what it does depends on
//! something that cannot be known here, it is not understood; nothing is guessed.

mod branches;
mod compound;
mod effects;
mod expand;
mod filter;
mod loops;
mod obstacle;
mod parse;
mod program;
mod run;
mod simple;
mod simple_command;
mod state;
mod syntax;
mod test;
#[cfg(test)]
mod tests;
mod value;
mod words;

pub use effects::{Effects, Taken};
pub use obstacle::{Obstacle, ObstacleKind};

use run::Shell;
use value::is_private;

use crate::config::Selector;
use crate::pci::Address;

/// What runs a script, and which functions of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// It is a program.
    Program,
    /// mkinitcpio runs functions of it.
    Mkinitcpio,
    /// dracut runs functions of it when it makes an image.
    Dracut,
}

/// What a script does, or what keeps it from being understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What it does to devices.
    pub effects: Effects,
    /// The devices that it takes from their drivers.
    pub unbound: Vec<String>,
}

/// Follows the script `text`; `load` reads the files that it takes in.
pub fn understand(
    text: &str,
    caller: Caller,
    load: &dyn Fn(&str) -> Option<String>,
) -> Result<Understood, Obstacle> {
    if text.contains(is_private) || text.contains('\u{1}') {
        return Err(Obstacle::new(1, ObstacleKind::Syntax));
    }
    let first = text.lines().next().unwrap_or_default();
    let bash = first.contains("bash") || first.contains("zsh");
    let list = parse::parse(text)?;
    let mut shell = Shell::new(load, bash);
    shell.list(&list)?;
    let functions: &[&str] = match caller {
        Caller::Program => &[],
        Caller::Mkinitcpio => &[
            "build",
            "run_earlyhook",
            "run_hook",
            "run_latehook",
            "run_cleanuphook",
        ],
        Caller::Dracut => &["install", "installkernel"],
    };
    for name in functions {
        shell.run_function(name, Vec::new())?;
    }
    Ok(Understood {
        effects: shell.state.effects,
        unbound: shell.state.unbound,
    })
}

/// The addresses and ids that stand in a script, comments left out, as selectors.
pub(super) fn named(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
    {
        let line = line.split(" #").next().unwrap_or(line);
        let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | '*');
        let words = line.split(|c: char| !is_part(c));
        let mut add = |text: String| {
            if !found.contains(&text) {
                found.push(text);
            }
        };
        for word in words.map(|word| word.trim_matches(['.', ':'])) {
            let parts: Vec<usize> = word.split(':').map(str::len).collect();
            match parts.as_slice() {
                [domain, 2, 4] if *domain < 4 => {}
                [_, 2, 4] | [2, 4] => {
                    let address = word.parse::<Address>();
                    let any = word.parse::<crate::pci::AddressPattern>();
                    match (address, any) {
                        (Ok(address), _) => add(address.to_string()),
                        (_, Ok(pattern)) => add(pattern.to_string()),
                        _ => {}
                    }
                }
                [4, 4, ..] => {
                    if let Ok(selector) = word.parse::<Selector>() {
                        add(selector.to_string());
                    }
                }
                _ => {}
            }
        }
        if line.contains("new_id") {
            new_id(line).into_iter().for_each(add);
        }
    }
    found
}

/// An id that is written with a blank: `10de 1b81`, `0x10de 0x1b81`.
fn new_id(line: &str) -> Option<String> {
    let words = line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '>' | '|'));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let digits = |word: &str| {
        let word = word.trim_start_matches("0x").to_lowercase();
        (word.len() == 4 && word.bytes().all(|b| b.is_ascii_hexdigit())).then_some(word)
    };
    words.windows(2).find_map(|pair| match pair {
        [one, other] => Some(format!("{}:{}", digits(one)?, digits(other)?)),
        _ => None,
    })
}
