//! Reads simple commands: assignments, words, redirections.

use super::obstacle::ObstacleKind;
use super::parse::{Parser, Read};
use super::syntax::{Assign, Command, Direction, Node, Piece, Redirect, Word};
use super::words::text;

impl Parser {
    pub(super) fn simple(&mut self) -> Read<Command> {
        let line = self.line;
        let (mut assigns, mut words, mut redirects) = (Vec::new(), Vec::<Word>::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            // What declares a variable takes assignments for its words.
            let declares = |word: &Word| {
                matches!(
                    word.bare(),
                    Some("export" | "local" | "readonly" | "declare" | "typeset")
                )
            };
            if words.is_empty() || words.first().is_some_and(declares) {
                if let Some(assign) = self.assign()? {
                    assigns.push(assign);
                    continue;
                }
            }
            match self.word()? {
                Some(word) => words.push(word),
                None => break,
            }
        }
        if words.is_empty() && assigns.is_empty() && redirects.is_empty() {
            return Err(self.obstacle(ObstacleKind::Syntax));
        }
        Ok(Command {
            line,
            node: Node::Simple { assigns, words },
            redirects,
        })
    }

    /// An assignment, or nothing is taken.
    fn assign(&mut self) -> Read<Option<Assign>> {
        let (at, line) = (self.at, self.line);
        let name = self.name();
        let append = self.peek() == Some('+');
        if append {
            self.next();
        }
        let indexed = self.peek() == Some('[') && !name.is_empty();
        if name.is_empty()
            || name.starts_with(|c: char| c.is_ascii_digit())
            || self.peek() != Some('=')
        {
            (self.at, self.line) = (at, line);
            if indexed && self.is_indexed_assignment(name.len()) {
                return Err(self.obstacle(ObstacleKind::Syntax));
            }
            return Ok(None);
        }
        self.next();
        let value = if self.peek() == Some('(') {
            self.next();
            Err(self.array()?)
        } else {
            Ok(self.word()?.unwrap_or_default())
        };
        Ok(Some(Assign {
            name,
            append,
            value,
        }))
    }

    /// Whether `name[index]=` stands here, which this reader does not follow.
    fn is_indexed_assignment(&self, from: usize) -> bool {
        let mut at = from;
        while self.peek_at(at).is_some_and(|c| c != ']' && c != '\n') {
            at += 1;
        }
        self.peek_at(at + 1) == Some('=')
    }

    fn array(&mut self) -> Read<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.lines();
            if self.take(")") {
                return Ok(words);
            }
            match self.word()? {
                // `[key]=value`
                Some(word) if word.bare().is_some_and(|text| text.starts_with('[')) => {
                    return Err(self.obstacle(ObstacleKind::Syntax));
                }
                Some(word) => words.push(word),
                None => return Err(self.obstacle(ObstacleKind::Syntax)),
            }
        }
    }

    /// A redirection; `None` where none begins here.
    pub(super) fn redirect(&mut self) -> Read<Option<Redirect>> {
        let mut digits = 0;
        while self.peek_at(digits).is_some_and(|c| c.is_ascii_digit()) {
            digits += 1;
        }
        let both = digits == 0 && self.peek() == Some('&') && self.peek_at(1) == Some('>');
        if both {
            self.next();
        } else if !matches!(self.peek_at(digits), Some('<' | '>')) {
            return Ok(None);
        }
        let number: String = (0..digits).filter_map(|_| self.next()).collect();
        let is_input = self.next() == Some('<');
        let descriptor = number.parse().unwrap_or(if is_input { 0 } else { 1 });
        let direction = self.direction(is_input)?;
        self.blanks();
        let word = self.word()?;
        let mut target = word.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
        let direction = match direction {
            Ok(direction) => direction,
            Err(Here::Text) => {
                target.0.push(text("\n", true));
                Direction::Here
            }
            Err(Here::Document { tabs }) => {
                target = self.document(&target, tabs)?;
                Direction::Here
            }
        };
        Ok(Some(Redirect {
            descriptor,
            direction,
            target,
        }))
    }

    fn direction(&mut self, is_input: bool) -> Read<Result<Direction, Here>> {
        Ok(match (is_input, self.peek()) {
            (_, Some('&')) => {
                self.next();
                Ok(Direction::Other)
            }
            (false, Some('>' | '|')) => {
                self.next();
                Ok(Direction::To)
            }
            (false, Some('(')) | (true, Some('(' | '>')) => {
                return Err(self.obstacle(ObstacleKind::Syntax));
            }
            (false, _) => Ok(Direction::To),
            (true, Some('<')) => {
                self.next();
                match self.peek() {
                    Some('<') => {
                        self.next();
                        Err(Here::Text)
                    }
                    Some('-') => {
                        self.next();
                        Err(Here::Document { tabs: true })
                    }
                    _ => Err(Here::Document { tabs: false }),
                }
            }
            (true, _) => Ok(Direction::From),
        })
    }

    /// Takes the here document that ends with the line `end` out of the text behind this line.
    fn document(&mut self, end: &Word, tabs: bool) -> Read<Word> {
        let mut plain = String::new();
        let mut is_quoted = false;
        for piece in &end.0 {
            let Piece::Text { text, quoted } = piece else {
                return Err(self.obstacle(ObstacleKind::Syntax));
            };
            plain.push_str(text);
            is_quoted |= quoted;
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        let start = rest
            .iter()
            .position(|c| *c == '\n')
            .map(|at| self.at + at + 1);
        let start = start.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
        let mut body = String::new();
        let mut at = start;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            if rest.is_empty() {
                return Err(self.obstacle(ObstacleKind::Syntax));
            }
            let length = rest.iter().position(|c| *c == '\n').unwrap_or(rest.len());
            let line: String = rest.iter().take(length).collect();
            at += (length + 1).min(rest.len());
            let line = if tabs {
                line.trim_start_matches('\t')
            } else {
                &line
            };
            if line == plain {
                break;
            }
            body.push_str(line);
            body.push('\n');
        }
        self.text.drain(start..at);
        if is_quoted {
            return Ok(Word(vec![text(&body, true)]));
        }
        self.here(body)
    }
}

/// Kinds of text in the script itself.
enum Here {
    /// `<<<`
    Text,
    /// `<<` and `<<-`
    Document {
        /// Whether tabs before a line do not count.
        tabs: bool,
    },
}
