//! Reads compound commands: conditions, loops, groups, functions.

use super::obstacle::ObstacleKind;
use super::parse::{Parser, Read};
use super::syntax::{Command, List, Node, Word};

impl Parser {
    /// A compound command; `None` where a simple one begins.
    pub(super) fn compound(&mut self) -> Read<Option<Node>> {
        Ok(Some(if self.take("if") {
            self.condition()?
        } else if self.take("for") {
            self.for_loop()?
        } else if self.take("while") {
            let test = self.list_until(&["do"])?;
            let body = self.list_until(&["done"])?;
            Node::While { test, body }
        } else if self.take("case") {
            self.case()?
        } else if self.take("{") {
            Node::Group(self.list_until(&["}"])?)
        } else if self.peek() == Some('(') && self.peek_at(1) == Some('(') {
            let line = self.line;
            self.skip_arithmetic()?;
            let words = vec![Word::of("let")];
            Node::Group(vec![Command::of_words(line, words)])
        } else if self.take("(") {
            Node::Subshell(self.list_until(&[")"])?)
        } else if self.take("[[") {
            self.double_brackets()?
        } else if self.take("function") {
            self.blanks();
            let name = self.function_name();
            self.blanks();
            if self.take("(") {
                self.blanks();
                self.expect(")")?;
            }
            self.body_of(name)?
        } else if let Some(name) = self.function_head() {
            self.body_of(name)?
        } else if ["until", "select", "coproc"]
            .iter()
            .any(|word| self.take(word))
        {
            return Err(self.obstacle(ObstacleKind::Syntax));
        } else {
            return Ok(None);
        }))
    }

    fn condition(&mut self) -> Read<Node> {
        let mut arms = Vec::new();
        loop {
            let test = self.list_until(&["then"])?;
            let ends = ["fi", "else", "elif"];
            let (body, end) = self.nested(|parser| parser.list(&ends))?;
            arms.push((test, body));
            let otherwise = match end {
                0 => List::new(),
                1 => self.list_until(&["fi"])?,
                _ => continue,
            };
            return Ok(Node::If { arms, otherwise });
        }
    }

    fn for_loop(&mut self) -> Read<Node> {
        self.blanks();
        let name = self.name();
        if name.is_empty() {
            return Err(self.obstacle(ObstacleKind::Syntax));
        }
        self.lines();
        let mut words = None;
        if self.take("in") {
            let mut list = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => list.push(word),
                    None => break,
                }
            }
            words = Some(list);
        }
        self.blanks();
        if self.peek() == Some(';') {
            self.next();
        }
        self.lines();
        let end = if self.take("{") { "}" } else { "done" };
        if end == "done" {
            self.expect("do")?;
        }
        let body = self.list_until(&[end])?;
        Ok(Node::For { name, words, body })
    }

    fn case(&mut self) -> Read<Node> {
        self.blanks();
        let word = self.word()?;
        let word = word.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
        self.lines();
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.lines();
            if self.take("esac") {
                return Ok(Node::Case { word, arms });
            }
            self.take("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                let pattern = self.word()?;
                patterns.push(pattern.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?);
                self.blanks();
                if self.take(")") {
                    break;
                }
                self.expect("|")?;
            }
            let (body, end) = self.nested(|parser| parser.list(&[";;", "esac"]))?;
            arms.push((patterns, body));
            if end == 1 {
                return Ok(Node::Case { word, arms });
            }
        }
    }

    /// `[[ ... ]]` as one test, or as several of the same kind.
    fn double_brackets(&mut self) -> Read<Node> {
        let line = self.line;
        let mut tests = vec![vec![Word::of("[[")]];
        let mut joints = Vec::new();
        loop {
            self.lines();
            if self.take("]]") {
                break;
            }
            if self.is_joint("&&") || self.is_joint("||") {
                joints.push(self.peek() == Some('&'));
                self.at += 2;
                tests.push(vec![Word::of("[[")]);
                continue;
            }
            let word = match self.peek() {
                Some(c @ ('<' | '>')) => {
                    self.next();
                    Some(Word::of(&c.to_string()))
                }
                _ => self.word()?,
            };
            let word = word.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
            if let Some(test) = tests.last_mut() {
                test.push(word);
            }
        }
        // In brackets "and" binds closer; where both stand, this reader does not sort them.
        if joints.iter().any(|joint| Some(joint) != joints.first()) {
            return Err(self.obstacle(ObstacleKind::Syntax));
        }
        let is_and = joints.first() == Some(&true);
        let mut tests = tests
            .into_iter()
            .map(|words| Command::of_words(line, words));
        let first = tests.next();
        let first = first.ok_or_else(|| self.obstacle(ObstacleKind::Syntax))?;
        let whole = tests.fold(first, |one, other| {
            let (one, other) = (Box::new(one), Box::new(other));
            let node = if is_and {
                Node::And(one, other)
            } else {
                Node::Or(one, other)
            };
            Command::plain(line, node)
        });
        Ok(Node::Group(vec![whole]))
    }

    fn is_joint(&self, joint: &str) -> bool {
        let mut chars = joint.chars();
        chars.next() == self.peek() && chars.next() == self.peek_at(1)
    }

    fn function_name(&mut self) -> String {
        let mut name = String::new();
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
        while let Some(c) = self.peek().filter(allowed) {
            name.push(c);
            self.next();
        }
        name
    }

    /// `name ()`, or nothing is taken.
    fn function_head(&mut self) -> Option<String> {
        let (at, line) = (self.at, self.line);
        let name = self.function_name();
        self.blanks();
        if !name.is_empty() && self.take("(") {
            self.blanks();
            if self.take(")") {
                return Some(name);
            }
        }
        (self.at, self.line) = (at, line);
        None
    }

    fn body_of(&mut self, name: String) -> Read<Node> {
        self.lines();
        let line = self.line;
        match self.nested(Self::compound)? {
            Some(node) => Ok(Node::Function(name, Box::new(Command::plain(line, node)))),
            None => Err(self.obstacle(ObstacleKind::Syntax)),
        }
    }
}
