//! How text for a person is laid out: the width of the terminal, and colour where there is one.
//!
//! *Pure.* Source of truth: none, this is our own taste. To add one: a kind of emphasis is a variant of [`Paint`].

/// What the reader's terminal can do. Without one, a line is as long as it is and has no colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How many characters a line may have.
    pub width: Option<usize>,
    /// Whether colours are shown.
    pub colour: bool,
}

/// How a piece of text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// As it is.
    Plain,
    /// A heading.
    Bold,
    /// What is as the reader wants it.
    Good,
    /// What the reader should look at.
    Warn,
}

/// Text and how it is shown.
pub(super) type Piece = (String, Paint);

/// The least room that is worth a column of its own.
const LEAST: usize = 32;
/// How far text is moved in where it stands below what it belongs to.
const INDENT: usize = 6;

impl Look {
    /// `head`, and `body` beside it, broken at blanks; below it, moved in, where there is no room beside it.
    pub(super) fn beside(&self, head: &[Piece], body: &[Piece]) -> String {
        let taken = head.iter().map(|(text, _)| text.chars().count()).sum();
        let width = self.width.unwrap_or(usize::MAX);
        let below = width.saturating_sub(taken) < LEAST;
        let indent = if below { INDENT } else { taken };
        let mut text = self.paint(head);
        let words = body
            .iter()
            .flat_map(|(text, paint)| text.split_whitespace().map(|word| (word, *paint)));
        let mut at = if below { usize::MAX } else { taken };
        for (word, paint) in words {
            let length = word.chars().count();
            if at.saturating_add(1 + length) > width && at > indent {
                text.truncate(text.trim_end().len());
                text.push('\n');
                text.push_str(&" ".repeat(indent));
                at = indent;
            } else if at > indent {
                text.push(' ');
                at += 1;
            }
            text.push_str(&self.paint(&[(word.to_owned(), paint)]));
            at += length;
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }

    /// The pieces with their colours, where there are colours.
    pub(super) fn paint(&self, pieces: &[Piece]) -> String {
        let show = |(text, paint): &Piece| match paint {
            Paint::Bold if self.colour => format!("\x1b[1m{text}\x1b[0m"),
            Paint::Good if self.colour => format!("\x1b[32m{text}\x1b[0m"),
            Paint::Warn if self.colour => format!("\x1b[33m{text}\x1b[0m"),
            _ => text.clone(),
        };
        pieces.iter().map(show).collect()
    }
}

/// A piece without emphasis.
pub(super) fn plain(text: impl Into<String>) -> Piece {
    (text.into(), Paint::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Look {
        Look {
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
        assert_eq!(Look::default().beside(&head, &body), wide);
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
        let look = Look {
            colour: true,
            ..look(80)
        };
        let text = look.beside(
            &[("x ".into(), Paint::Bold)],
            &[("ours".into(), Paint::Good), plain("too")],
        );
        assert_eq!(text, "\x1b[1mx \x1b[0m\x1b[32mours\x1b[0m too\n");
    }
}
