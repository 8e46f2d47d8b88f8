//! Choosing on a terminal: keys mark devices in a list, one line each, which also a serial line shows.

use std::io::{IsTerminal, stderr, stdin};

use dialoguer::MultiSelect;

use super::choices::Choice;
use crate::pci::Address;

/// The widest line, with its box in front.
const WIDTH: usize = 80;
/// What stands in front of a line, and one column that stays free: some terminals break a line that fills the last one.
const FRONT: usize = 7;
/// The most lines at once.
const LINES: usize = 15;

/// Whether there is a terminal that shows such a list.
pub fn can_choose() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    !dumb && stdin().is_terminal() && stderr().is_terminal()
}

/// Lets the user choose among those that are free; none where he leaves it.
///
/// An error where the terminal fails.
pub fn choose(choices: &[Choice], width: Option<usize>) -> Result<Vec<Address>, String> {
    let free: Vec<&Choice> = choices.iter().filter(|choice| choice.is_free()).collect();
    let width = width.map_or(WIDTH, |width| width.min(WIDTH));
    let width = width.saturating_sub(FRONT);
    let lines: Vec<String> = free.iter().map(|choice| choice.line(width)).collect();
    let chosen = MultiSelect::new()
        .with_prompt("which devices? (space marks, enter goes on, esc leaves)")
        .items(&lines)
        .max_length(LINES)
        .interact_opt()
        .map_err(|error| error.to_string())?;
    let chosen = chosen.unwrap_or_default();
    let chosen = chosen.into_iter().filter_map(|index| free.get(index));
    Ok(chosen.map(|choice| choice.address).collect())
}
