//! How text for a person is laid out: the width of the terminal, and colour where there is one. No piece of text can make a
//! line or a colour of its own.

use crate::escape::escaped;

/// What the reader's terminal can do. Without one, a line is as long as it is and has no colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How many characters a line may have.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub colour: bool,
}

/// How a piece of text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Style {
    /// As it is.
    Plain,
    /// A heading.
    Bold,
    /// What is as the reader wants it.
    Good,
    /// What the reader should look at.
    Warn,
    /// What is there and not to be had.
    Faint,
}

/// Text and how it is shown.
pub(in crate::host) type Piece = (String, Style);

/// The least room that is worth a column of its own.
const LEAST: usize = 32;
/// How far text is moved in where it stands below what it belongs to.
const INDENT: usize = 6;

/// A blank at which no line ends.
pub(in crate::host) const GLUE: char = '\u{a0}';
/// Ends text that is shown in a way of its own.
const RESET: &str = "\x1b[0m";

impl Terminal {
    /// `head`, and `body` beside it, broken at blanks, but those that are [`GLUE`]; below it, moved in, where there is no room beside it.
    pub(in crate::host) fn beside(&self, head: &[Piece], body: &[Piece]) -> String {
        let taken = head.iter().map(|(text, _)| escaped(text).chars().count());
        let taken: usize = taken.sum();
        let width = self.width.unwrap_or(usize::MAX);
        let below = width.saturating_sub(taken) < LEAST;
        let indent = if below { INDENT } else { taken };
        let mut text = self.paint(head);
        let words = body
            .iter()
            .flat_map(|(text, paint)| text.split([' ', '\n']).map(|word| (escaped(word), *paint)))
            .filter(|(word, _)| !word.is_empty());
        let mut at = if below { usize::MAX } else { taken };
        let mut open = "";
        for (word, paint) in words {
            let length = word.chars().count();
            let code = self.code(paint);
            let broken = at.saturating_add(1 + length) > width && at > indent;
            if (broken || code != open) && !open.is_empty() {
                text.push_str(RESET);
                open = "";
            }
            if broken {
                text.truncate(text.trim_end().len());
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                at = indent;
            } else if at > indent {
                text.push(' ');
                at += 1;
            }
            if code != open {
                text.push_str(code);
                open = code;
            }
            text.push_str(&word.replace(GLUE, " "));
            at += length;
        }
        if !open.is_empty() {
            text.push_str(RESET);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// The pieces with their colours, where there are colours.
    pub(in crate::host) fn paint(&self, pieces: &[Piece]) -> String {
        let mut painted = String::new();
        for (text, paint) in pieces {
            let code = self.code(*paint);
            painted.push_str(code);
            painted.push_str(&escaped(text));
            painted.push_str(if code.is_empty() { "" } else { RESET });
        }
        painted
    }

    /// What begins such text.
    fn code(&self, paint: Style) -> &'static str {
        match paint {
            _ if !self.colour => "",
            Style::Plain => "",
            Style::Bold => "\x1b[1m",
            Style::Good => "\x1b[32m",
            Style::Warn => "\x1b[33m",
            Style::Faint => "\x1b[2m",
        }
    }
}

/// A piece without emphasis.
pub(in crate::host) fn plain(text: impl Into<String>) -> Piece {
    (text.into(), Style::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Terminal {
        Terminal {
            width: Some(width),
            colour: false,
        }
    }

    #[test]
    fn text_is_broken_beside_its_head_and_below_it_where_that_is_too_narrow() {
        let (head, body) = (
            [plain("  01:00.0  ")],
            [plain("one two three four five six seven")],
        );
        let wide = "  01:00.0  one two three four five six seven\n";
        assert_eq!(Terminal::default().beside(&head, &body), wide);
        assert_eq!(look(44).beside(&head, &body), wide);
        let narrower = "  01:00.0  one two three four five six\n           seven\n";
        assert_eq!(look(43).beside(&head, &body), narrower);
        let narrow = "  01:00.0\n      one two three four\n      five six seven\n";
        assert_eq!(look(26).beside(&head, &body), narrow);
    }

    #[test]
    fn a_word_that_fits_nowhere_has_a_line_of_its_own() {
        let text = look(12).beside(&[plain("head")], &[plain("a wordthatislong b")]);
        assert_eq!(text, "head\n      a\n      wordthatislong\n      b\n");
    }

    #[test]
    fn colours_take_no_room() {
        let look = Terminal {
            colour: true,
            ..look(80)
        };
        let text = look.beside(
            &[("x ".into(), Style::Bold)],
            &[("ours".into(), Style::Good), plain("too")],
        );
        assert_eq!(text, "\x1b[1mx \x1b[0m\x1b[32mours\x1b[0m too\n");
    }

    #[test]
    fn a_colour_begins_once_a_line() {
        let look = Terminal {
            colour: true,
            ..look(20)
        };
        let body = [
            ("boot display, of this".to_owned(), Style::Warn),
            ("ours".to_owned(), Style::Good),
        ];
        let text = look.beside(&[plain("x")], &body);
        let wanted = "x\n      \x1b[33mboot display,\x1b[0m\n      \x1b[33mof this\x1b[0m \x1b[32mours\x1b[0m\n";
        assert_eq!(text, wanted);
    }
}
