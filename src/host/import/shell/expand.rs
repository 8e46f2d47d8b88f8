//! Expands words: braces, variables, the output of commands, patterns of file names.

use super::obstacle::ObstacleKind;
use super::parse::Read;
use super::shell::Shell;
use super::syntax::{Change, List, Piece, Variable, Word};
use super::value::{ANY, EACH, FUNCTIONS, PATTERN, SOME, cut, is_empty, is_unknown, plain, quoted};
use crate::pci::Address;

/// The patterns that find every display with a `boot_vga`.
const DISPLAYS: [&str; 4] = [
    "/sys/bus/pci/devices/*/boot_vga",
    "/sys/bus/pci/devices/*:*:*.*/boot_vga",
    "/sys/bus/pci/devices/????:??:??.?/boot_vga",
    "/sys/bus/pci/devices/*:*/boot_vga",
];

impl Shell<'_> {
    /// The text of a word that is not split.
    pub(super) fn text(&mut self, word: &Word) -> Read<String> {
        Ok(plain(&self.pattern(word)?))
    }

    /// The same, with what is quoted marked.
    pub(super) fn pattern(&mut self, word: &Word) -> Read<String> {
        let mut text = String::new();
        for piece in &word.0 {
            match piece {
                Piece::Text {
                    text: part,
                    quoted: false,
                } => text.push_str(part),
                Piece::Text { text: part, .. } => text.push_str(&quoted(part)),
                Piece::Unknown { .. } => text.push(SOME),
                Piece::Variable {
                    variable,
                    quoted: is_quoted,
                } => {
                    let value = self.variable(variable)?.join(" ");
                    text.push_str(&if *is_quoted { quoted(&value) } else { value });
                }
                Piece::Output {
                    list,
                    quoted: is_quoted,
                } => {
                    let value = self.output(list)?;
                    text.push_str(&if *is_quoted { quoted(&value) } else { value });
                }
            }
        }
        Ok(text)
    }

    /// The fields that words become.
    pub(super) fn fields(&mut self, words: &[Word]) -> Read<Vec<String>> {
        let mut fields = Vec::new();
        for word in words {
            for word in self.braces(word)? {
                self.split(&word, &mut fields)?;
            }
        }
        Ok(fields)
    }

    fn split(&mut self, word: &Word, fields: &mut Vec<String>) -> Read<()> {
        let mut field: Option<String> = None;
        let mut done: Vec<String> = Vec::new();
        for piece in &word.0 {
            let (values, is_quoted) = match piece {
                Piece::Text { text, quoted: true } => (vec![text.clone()], true),
                Piece::Text { text, .. } => {
                    field.get_or_insert_default().push_str(text);
                    continue;
                }
                Piece::Unknown { quoted } => (vec![SOME.to_string()], *quoted),
                Piece::Variable { variable, quoted } => {
                    let mut values = self.variable(variable)?;
                    let is_list = variable.index.as_deref() == Some("@") || variable.name == "@";
                    if *quoted && !is_list {
                        values = vec![values.join(" ")];
                    }
                    (values, *quoted)
                }
                Piece::Output { list, quoted } => (vec![self.output(list)?], *quoted),
            };
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    done.extend(field.take());
                }
                if is_quoted {
                    field.get_or_insert_default().push_str(&quoted(value));
                } else {
                    self.split_value(value, &mut field, &mut done);
                }
            }
        }
        done.extend(field);
        for field in done {
            fields.push(self.file_names(&field));
        }
        Ok(())
    }

    /// Splits a value at blanks, or at the script's own separators.
    fn split_value(&self, value: &str, field: &mut Option<String>, done: &mut Vec<String>) {
        let separators = self.state.variables.get("IFS").map(|value| value.join(" "));
        let is_separator = |c: char| match &separators {
            Some(separators) => separators.contains(c),
            None => matches!(c, ' ' | '\t' | '\n'),
        };
        for c in value.chars() {
            if is_separator(c) {
                done.extend(field.take());
            } else {
                field.get_or_insert_default().push(c);
            }
        }
    }

    /// What a pattern of file names finds: a stand-in for devices, or it is not known.
    fn file_names(&self, field: &str) -> String {
        let is_set = field
            .split_once('[')
            .is_some_and(|(_, rest)| rest.contains(']'));
        if !field.contains(['*', '?']) && !is_set {
            return plain(field);
        }
        let text = plain(field);
        if self.state.is_turn {
            return format!("{PATTERN}{text}");
        }
        if DISPLAYS.contains(&text.as_str()) {
            return format!("/sys/bus/pci/devices/{EACH}/boot_vga");
        }
        let member = text
            .strip_suffix("/iommu_group/devices/*")
            .or_else(|| text.strip_suffix("/iommu_group/devices/*/"));
        if let Some(name) = member.and_then(|text| text.strip_prefix("/sys/bus/pci/devices/")) {
            if name.parse::<Address>().is_ok() {
                return format!("/sys/bus/pci/devices/{name}/iommu_group/devices/{EACH}");
            }
        }
        functions(&text).unwrap_or_else(|| format!("{PATTERN}{text}"))
    }

    /// The words that braces make of one.
    fn braces(&self, word: &Word) -> Read<Vec<Word>> {
        for (index, piece) in word.0.iter().enumerate() {
            let Piece::Text {
                text,
                quoted: false,
            } = piece
            else {
                continue;
            };
            let Some((before, rest)) = text.split_once('{') else {
                continue;
            };
            let Some((inside, behind)) = rest.split_once('}') else {
                continue;
            };
            if !inside.contains(',') && !inside.contains("..") {
                continue;
            }
            // What sh makes of it differs between distributions.
            if !self.bash || inside.contains('{') {
                return Err(self.obstacle(ObstacleKind::Syntax));
            }
            let choices = choices(inside).ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
            let mut words = Vec::new();
            for choice in choices {
                let mut word = word.clone();
                if let Some(piece) = word.0.get_mut(index) {
                    *piece = super::words::text(&format!("{before}{choice}{behind}"), false);
                }
                words.extend(self.braces(&word)?);
                if words.len() > 256 {
                    return Err(self.obstacle(ObstacleKind::Size));
                }
            }
            return Ok(words);
        }
        Ok(vec![word.clone()])
    }

    /// What commands write to standard output, without the ends of lines behind it.
    fn output(&mut self, list: &List) -> Read<String> {
        let line = self.line;
        let kept = self.state.clone();
        let outer = std::mem::take(&mut self.state.output);
        self.list(list)?;
        let output = std::mem::replace(&mut self.state.output, outer);
        self.leave(kept);
        self.line = line;
        Ok(output.trim_end_matches('\n').to_owned())
    }

    fn variable(&mut self, variable: &Variable) -> Read<Vec<String>> {
        let value = self.value(&variable.name, variable.index.as_deref());
        Ok(match (&variable.change, value) {
            (Change::None, value) => value.unwrap_or_else(|| vec![ANY.to_string()]),
            (Change::Unknown, _) => vec![SOME.to_string()],
            (Change::Default(word), value) => {
                let value = value.unwrap_or_default();
                match is_empty(&value.join(" ")) {
                    Some(true) => vec![self.text(word)?],
                    _ => value,
                }
            }
            (Change::Alternative(word), value) => {
                match value.map(|value| is_empty(&value.join(" "))) {
                    Some(Some(false)) => vec![self.text(word)?],
                    Some(Some(true)) => vec![String::new()],
                    _ => vec![ANY.to_string()],
                }
            }
            (Change::Cut { .. }, None) => vec![ANY.to_string()],
            (
                Change::Cut {
                    front,
                    longest,
                    pattern,
                },
                Some(values),
            ) => {
                let pattern = self.pattern(pattern)?;
                let each = |value: &String| {
                    cut(value, &pattern, *front, *longest).unwrap_or_else(|| SOME.to_string())
                };
                values.iter().map(each).collect()
            }
        })
    }

    /// The value of a variable or of an element of an array; `None` where nothing set it.
    fn value(&self, name: &str, index: Option<&str>) -> Option<Vec<String>> {
        let state = &self.state;
        match name {
            "@" | "*" => return Some(state.arguments.clone()),
            "#" => return Some(vec![state.arguments.len().to_string()]),
            "0" | "?" | "$" | "!" | "-" => return Some(vec![SOME.to_string()]),
            "EUID" | "UID" => return Some(vec!["0".to_owned()]),
            _ => {}
        }
        if let Ok(number) = name.parse::<usize>() {
            let argument = state.arguments.get(number.wrapping_sub(1));
            return Some(vec![argument.cloned().unwrap_or_default()]);
        }
        let value = state.variables.get(name)?;
        match index {
            Some("@" | "*") => Some(value.clone()),
            Some(text) => match text.parse::<usize>() {
                Ok(number) => Some(vec![value.get(number).cloned().unwrap_or_default()]),
                Err(_) => Some(vec![SOME.to_string()]),
            },
            None => Some(value.first().cloned().into_iter().collect()),
        }
    }
}

/// A pattern that finds the functions of one device.
fn functions(text: &str) -> Option<String> {
    let rest = text.strip_prefix("/sys/bus/pci/devices/")?;
    let (name, behind) = match rest.split_once('/') {
        Some((name, behind)) => (name, format!("/{behind}")),
        None => (rest, String::new()),
    };
    let stem = ["*", "?", "[0-7]", "[0-9]"]
        .iter()
        .find_map(|end| name.strip_suffix(end))?;
    let is_device = format!("{stem}0").parse::<Address>().is_ok() && stem.matches(':').count() == 2;
    let is_plain = !is_unknown(&behind) && !behind.contains(['*', '?', '[']);
    (is_device && stem.ends_with('.') && is_plain)
        .then(|| format!("/sys/bus/pci/devices/{stem}{FUNCTIONS}{behind}"))
}

/// What stands in braces: `a,b`, `0..3`.
fn choices(inside: &str) -> Option<Vec<String>> {
    if inside.contains(',') {
        return Some(inside.split(',').map(str::to_owned).collect());
    }
    let (from, to) = inside.split_once("..")?;
    let (from, to): (u8, u8) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to && to < 100).then(|| (from..=to).map(|number| number.to_string()).collect())
}
