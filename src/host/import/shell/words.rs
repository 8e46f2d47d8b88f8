//! Reads words: quotes, variables, command substitutions.

use super::obstacle::ObstacleKind;
use super::parse::{Parser, Read};
use super::syntax::{Change, Piece, Variable, Word};

impl Parser {
    /// A word; `None` where none begins here. It ends at a blank or an operator outside quotes.
    pub(super) fn word(&mut self) -> Read<Option<Word>> {
        let mut pieces = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | '(' | ')' => break,
                _ => self.piece(&mut pieces, false)?,
            }
        }
        Ok((!pieces.is_empty()).then_some(Word(pieces)))
    }

    /// The text up to `end`, which is taken too, as within double quotes, or in a brace without.
    pub(super) fn until(&mut self, end: char, quoted: bool) -> Read<Word> {
        let mut pieces = Vec::new();
        loop {
            match self.peek() {
                None => return Err(self.obstacle(ObstacleKind::Syntax)),
                Some(c) if c == end => {
                    self.next();
                    return Ok(Word(pieces));
                }
                Some('\'') if quoted => {
                    self.next();
                    push(&mut pieces, '\'', true);
                }
                Some(_) => self.piece(&mut pieces, quoted)?,
            }
        }
    }

    /// One piece of a word.
    fn piece(&mut self, pieces: &mut Vec<Piece>, quoted: bool) -> Read<()> {
        match self.next() {
            None => {}
            Some('\\') => self.escape(pieces, quoted),
            Some('\'') if !quoted => self.single(pieces)?,
            Some('"') if !quoted => {
                // An empty string is a word too.
                pieces.push(text("", true));
                let Word(inner) = self.until('"', true)?;
                pieces.extend(inner);
            }
            Some('$') => self.dollar(pieces, quoted)?,
            Some('`') => pieces.push(self.backquoted(quoted)?),
            Some(c) => push(pieces, c, quoted),
        }
        Ok(())
    }

    fn escape(&mut self, pieces: &mut Vec<Piece>, quoted: bool) {
        match self.next() {
            Some('\n') | None => {}
            Some(c) if quoted && !matches!(c, '$' | '`' | '"' | '\\') => {
                push(pieces, '\\', true);
                push(pieces, c, true);
            }
            Some(c) => push(pieces, c, true),
        }
    }

    fn single(&mut self, pieces: &mut Vec<Piece>) -> Read<()> {
        let mut inner = String::new();
        loop {
            match self.next() {
                Some('\'') => break,
                Some(c) => inner.push(c),
                None => return Err(self.obstacle(ObstacleKind::Syntax)),
            }
        }
        pieces.push(text(&inner, true));
        Ok(())
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, pieces: &mut Vec<Piece>, quoted: bool) -> Read<()> {
        let piece = match self.peek() {
            Some('(') if self.peek_at(1) == Some('(') => {
                self.skip_arithmetic()?;
                Piece::Unknown { quoted }
            }
            Some('(') => {
                self.next();
                let list = self.list_until(&[")"])?;
                Piece::Output { list, quoted }
            }
            Some('{') => {
                self.next();
                self.brace(quoted)?
            }
            Some('\'' | '"') if !quoted => return Err(self.obstacle(ObstacleKind::Syntax)),
            Some(c)
                if c.is_ascii_digit() || matches!(c, '@' | '*' | '#' | '?' | '$' | '!' | '-') =>
            {
                self.next();
                variable(c.to_string(), Change::None, quoted)
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                variable(self.name(), Change::None, quoted)
            }
            _ => {
                push(pieces, '$', quoted);
                return Ok(());
            }
        };
        pieces.push(piece);
        Ok(())
    }

    /// A name, as long as it goes on.
    pub(super) fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self
            .peek()
            .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        {
            name.push(c);
            self.next();
        }
        name
    }

    /// What stands between `${` and `}`.
    fn brace(&mut self, quoted: bool) -> Read<Piece> {
        self.nested(|parser| parser.brace_inner(quoted))
    }

    fn brace_inner(&mut self, quoted: bool) -> Read<Piece> {
        let mut name = self.name();
        if name.is_empty() {
            match self.next() {
                Some(c @ ('@' | '*' | '#' | '?')) if self.peek() == Some('}') => name.push(c),
                // A length, or a name in a variable.
                Some('#' | '!') => {
                    self.until('}', quoted)?;
                    return Ok(Piece::Unknown { quoted });
                }
                _ => return Err(self.obstacle(ObstacleKind::Syntax)),
            }
        }
        let mut index = None;
        if self.peek() == Some('[') {
            self.next();
            let inner = self.until(']', true)?;
            let plain: String = inner.0.iter().filter_map(Piece::plain).collect();
            index = Some(plain);
        }
        let change = self.change(quoted)?;
        Ok(Piece::Variable {
            variable: Variable {
                name,
                index,
                change,
            },
            quoted,
        })
    }

    /// What is done to a variable, up to the closing brace.
    fn change(&mut self, quoted: bool) -> Read<Change> {
        let first = self.next();
        let colon = first == Some(':');
        let operator = if colon { self.next() } else { first };
        Ok(match operator {
            Some('}') if !colon => Change::None,
            Some('-' | '=') => Change::Default(self.until('}', quoted)?),
            Some('+') => Change::Alternative(self.until('}', quoted)?),
            Some('?') => {
                self.until('}', quoted)?;
                Change::None
            }
            Some(c @ ('#' | '%')) if !colon => {
                let longest = self.peek() == Some(c);
                if longest {
                    self.next();
                }
                // Quotes around the whole do not make the pattern a literal.
                Change::Cut {
                    front: c == '#',
                    longest,
                    pattern: self.until('}', false)?,
                }
            }
            Some('}') | None => return Err(self.obstacle(ObstacleKind::Syntax)),
            Some(_) => {
                self.until('}', quoted)?;
                Change::Unknown
            }
        })
    }

    fn backquoted(&mut self, quoted: bool) -> Read<Piece> {
        let mut inner = String::new();
        let line = self.line;
        loop {
            match self.next() {
                Some('`') => break,
                Some('\\') => match self.next() {
                    Some(c @ ('`' | '\\' | '$')) => inner.push(c),
                    Some(c) => inner.extend(['\\', c]),
                    None => {}
                },
                Some(c) => inner.push(c),
                None => return Err(self.obstacle(ObstacleKind::Syntax)),
            }
        }
        let list = self.nested(|parser| parser.inner(&inner, line))?;
        Ok(Piece::Output { list, quoted })
    }

    /// Passes over `((...))`.
    pub(super) fn skip_arithmetic(&mut self) -> Read<()> {
        let mut depth = 0_usize;
        loop {
            match self.next() {
                Some('(') => depth += 1,
                Some(')') => depth = depth.saturating_sub(1),
                Some(_) => {}
                None => return Err(self.obstacle(ObstacleKind::Syntax)),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

impl Piece {
    fn plain(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Variable { .. } | Self::Output { .. } | Self::Unknown { .. } => None,
        }
    }
}

fn variable(name: String, change: Change, quoted: bool) -> Piece {
    let variable = Variable {
        name,
        index: None,
        change,
    };
    Piece::Variable { variable, quoted }
}

pub(super) fn text(text: &str, quoted: bool) -> Piece {
    let text = text.to_owned();
    Piece::Text { text, quoted }
}

fn push(pieces: &mut Vec<Piece>, c: char, quoted: bool) {
    match pieces.last_mut() {
        Some(Piece::Text {
            text,
            quoted: other,
        }) if *other == quoted => text.push(c),
        _ => pieces.push(text(&c.to_string(), quoted)),
    }
}
