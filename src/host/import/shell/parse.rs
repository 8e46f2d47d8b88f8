//! Reads the commands of a script.
//!
//! Source: the Shell Command Language of POSIX.1-2024, and bash(1) for arrays and `[[`.

use super::obstacle::{Obstacle, ObstacleKind};
use super::syntax::{Command, List, Node, Piece, Redirect, Word};

/// What is read, or what is not understood.
pub(super) type Read<T> = Result<T, Obstacle>;

/// How deep constructs may stand in each other.
const DEEPEST: usize = 40;
/// Words that begin no command.
const ENDS: [&str; 8] = ["then", "do", "done", "fi", "else", "elif", "esac", "}"];

/// A script as it is read.
#[derive(Debug)]
pub(super) struct Parser {
    pub(super) text: Vec<char>,
    pub(super) at: usize,
    pub(super) line: usize,
    depth: usize,
}

/// Reads a whole script.
pub(super) fn parse(text: &str) -> Read<List> {
    let mut parser = Parser {
        text: text.chars().filter(|c| *c != '\r').collect(),
        at: 0,
        line: 1,
        depth: 0,
    };
    parser.list_until(&[])
}

impl Parser {
    pub(super) fn peek(&self) -> Option<char> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, further: usize) -> Option<char> {
        self.text.get(self.at + further).copied()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    pub(super) fn obstacle(&self, kind: ObstacleKind) -> Obstacle {
        Obstacle::new(self.line, kind)
    }

    /// Goes one construct deeper for as long as `read` runs.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return Err(self.obstacle(ObstacleKind::Size));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Reads a script that stands in backquotes.
    pub(super) fn inner(&self, text: &str, line: usize) -> Read<List> {
        let mut parser = Self {
            text: text.chars().collect(),
            at: 0,
            line,
            depth: self.depth,
        };
        parser.list_until(&[])
    }

    /// Reads the text of a here document, in which variables stand.
    pub(super) fn here(&self, text: String) -> Read<Word> {
        let mut parser = Self {
            text: text.chars().chain(['\u{1}']).collect(),
            at: 0,
            line: self.line,
            depth: self.depth,
        };
        parser.until('\u{1}', true)
    }

    /// Passes over blanks, lines that go on, and a comment.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(' ' | '\t') => {}
                Some('\\') if self.peek_at(1) == Some('\n') => {
                    self.next();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.next();
                    }
                    return;
                }
                _ => return,
            }
            self.next();
        }
    }

    /// Passes over blanks, comments and the ends of lines.
    pub(super) fn lines(&mut self) {
        self.blanks();
        while self.peek() == Some('\n') {
            self.next();
            self.blanks();
        }
    }

    /// Whether `word` stands here as an operator or as a word of its own.
    fn is_at(&self, word: &str) -> bool {
        let mut length = 0;
        for c in word.chars() {
            if self.peek_at(length) != Some(c) {
                return false;
            }
            length += 1;
        }
        let operator = word.starts_with(['(', ')', ';', '&', '|']);
        let ends =
            |c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '<' | '>');
        operator || self.peek_at(length).is_none_or(ends)
    }

    /// Takes `word` if it stands here.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let is_here = self.is_at(word);
        if is_here {
            for _ in word.chars() {
                self.next();
            }
        }
        is_here
    }

    pub(super) fn expect(&mut self, word: &str) -> Read<()> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.obstacle(ObstacleKind::Syntax))
        }
    }

    /// Commands up to one of `ends`, which is taken too, or up to the end of the text where there is none.
    pub(super) fn list_until(&mut self, ends: &[&str]) -> Read<List> {
        self.nested(|parser| parser.list(ends))
            .map(|(list, _)| list)
    }

    /// The same, and which end it was.
    pub(super) fn list(&mut self, ends: &[&str]) -> Read<(List, usize)> {
        let mut list = List::new();
        loop {
            self.lines();
            while !self.is_at(";;") && matches!(self.peek(), Some(';' | '&')) {
                self.next();
                self.lines();
            }
            for (index, end) in ends.iter().enumerate() {
                if self.take(end) {
                    return Ok((list, index));
                }
            }
            if self.peek().is_none() && ends.is_empty() {
                return Ok((list, 0));
            }
            if self.peek().is_none() || ENDS.iter().any(|end| self.is_at(end)) {
                return Err(self.obstacle(ObstacleKind::Syntax));
            }
            list.push(self.and_or()?);
        }
    }

    fn and_or(&mut self) -> Read<Command> {
        let mut left = self.pipeline()?;
        loop {
            self.blanks();
            let line = left.line;
            let is_and = self.is_at("&&");
            if !is_and && !self.is_at("||") {
                return Ok(left);
            }
            self.at += 2;
            self.lines();
            let (one, other) = (Box::new(left), Box::new(self.pipeline()?));
            left = Command::plain(
                line,
                if is_and {
                    Node::And(one, other)
                } else {
                    Node::Or(one, other)
                },
            );
        }
    }

    fn pipeline(&mut self) -> Read<Command> {
        self.blanks();
        let line = self.line;
        if self.take("!") {
            let inner = self.nested(Self::pipeline)?;
            return Ok(Command::plain(line, Node::Not(Box::new(inner))));
        }
        let mut commands = vec![self.nested(Self::command)?];
        loop {
            self.blanks();
            if self.peek() != Some('|') || self.is_at("||") {
                break;
            }
            self.next();
            if self.peek() == Some('&') {
                self.next();
            }
            self.lines();
            commands.push(self.nested(Self::command)?);
        }
        match commands.pop() {
            Some(only) if commands.is_empty() => Ok(only),
            last => {
                commands.extend(last);
                Ok(Command::plain(line, Node::Pipeline(commands)))
            }
        }
    }

    /// A command, with what it is redirected to.
    fn command(&mut self) -> Read<Command> {
        let line = self.line;
        let Some(node) = self.compound()? else {
            return self.simple();
        };
        let mut redirects = Vec::new();
        if !matches!(node, Node::Function(..)) {
            self.blanks();
            while let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                self.blanks();
            }
        }
        Ok(Command {
            line,
            node,
            redirects,
        })
    }
}

impl Command {
    pub(super) fn plain(line: usize, node: Node) -> Self {
        let redirects = Vec::<Redirect>::new();
        Self {
            line,
            node,
            redirects,
        }
    }

    /// A command of words that are known.
    pub(super) fn of_words(line: usize, words: Vec<Word>) -> Self {
        let assigns = Vec::new();
        Self::plain(line, Node::Simple { assigns, words })
    }
}

impl Word {
    pub(super) fn of(text: &str) -> Self {
        Self(vec![Piece::Text {
            text: text.to_owned(),
            quoted: false,
        }])
    }
}
