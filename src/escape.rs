//! Text that others wrote, made safe to show: it adds no line, and no terminal obeys it.
//!
//! Source: Unicode's "Bidirectional Algorithm" (UAX #9) for the characters that change the order of what is shown.

use std::fmt::Write;

/// Whether a reader would not see this character as what it is: a control character, or one that is invisible or changes
/// the order of others.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// One line: each hidden character as in a Rust string, `\n`, `\u{1b}`.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Text of several lines, each made of text that was [`escaped`]: what was forgotten is escaped, but for the ends of lines,
/// tabulators and colours.
pub fn escaped_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = colour(rest).unwrap_or(c.len_utf8());
        let (this, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        if is_hidden(c) && !matches!(c, '\n' | '\t') && this.len() == c.len_utf8() {
            shown.extend(c.escape_default());
        } else {
            shown.push_str(this);
        }
        rest = after;
    }
    shown
}

/// How long the colour is that a text begins with: `ESC [ 32 m`.
fn colour(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\x1b[")?;
    let end = codes.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    codes.get(end..)?.starts_with('m').then_some(end + 3)
}

/// JSON whose strings have no hidden character. Those can be in strings only, but for the ends of lines.
pub fn escaped_json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) && c != '\n' {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a\nb\x1b[2J\u{202e}c\u{9b}d\r";

    #[test]
    fn what_a_terminal_obeys_is_shown_as_its_number() {
        assert_eq!(escaped(TEXT), "a\\nb\\u{1b}[2J\\u{202e}c\\u{9b}d\\r");
        assert_eq!(escaped("GeForce® 日本 \u{a0}x"), "GeForce® 日本 \u{a0}x");
    }

    #[test]
    fn lines_and_colours_stay_and_nothing_else_does() {
        assert_eq!(escaped_lines(TEXT), "a\nb\\u{1b}[2J\\u{202e}c\\u{9b}d\\r");
        let colours = "\x1b[1mx\x1b[0m\n\ty\x1b[1;32mz\n";
        assert_eq!(escaped_lines(colours), colours);
        assert_eq!(escaped_lines("\x1b[1"), "\\u{1b}[1");
    }

    #[test]
    fn json_stays_json_of_the_same_text() {
        let json = serde_json::to_string(TEXT).unwrap();
        let shown = escaped_json(&json);
        assert!(!shown.chars().any(is_hidden), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), TEXT);
    }
}
