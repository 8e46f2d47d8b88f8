//! The devices that stand in a text, whatever is done to them.

use crate::config::Selector;
use crate::pci::{Address, AddressPattern};

/// The addresses and ids that stand in a script, comments left out, as selectors.
pub(in crate::host::import) fn named(text: &str) -> Vec<String> {
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
                    let any = word.parse::<AddressPattern>();
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
