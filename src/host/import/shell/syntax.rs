//! A shell script as commands and words.

/// Commands, one after the other.
pub(super) type List = Vec<Command>;

/// A command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    /// The line that it begins in, from 1.
    pub(super) line: usize,
    pub(super) node: Node,
    pub(super) redirects: Vec<Redirect>,
}

/// What a command is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Simple {
        assigns: Vec<Assign>,
        words: Vec<Word>,
    },
    Pipeline(List),
    Not(Box<Command>),
    And(Box<Command>, Box<Command>),
    Or(Box<Command>, Box<Command>),
    For {
        name: String,
        /// `None` for the positional parameters.
        words: Option<Vec<Word>>,
        body: List,
    },
    While {
        test: List,
        body: List,
    },
    If {
        arms: Vec<(List, List)>,
        otherwise: List,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, List)>,
    },
    Group(List),
    Subshell(List),
    Function(String, Box<Command>),
}

/// `name=value`, `name+=value`, `name=(value ...)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assign {
    pub(super) name: String,
    pub(super) append: bool,
    /// `Err` for an array.
    pub(super) value: Result<Word, Vec<Word>>,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From a file.
    From,
    /// To a file.
    To,
    /// From the text itself.
    Here,
    /// To another descriptor, or one that is closed.
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    /// The descriptor, 0 for input.
    pub(super) descriptor: u32,
    pub(super) direction: Direction,
    pub(super) target: Word,
}

/// Pieces that are put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word(pub(super) Vec<Piece>);

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text {
        text: String,
        quoted: bool,
    },
    Variable {
        variable: Variable,
        quoted: bool,
    },
    Output {
        list: List,
        quoted: bool,
    },
    /// What this reader has no value for, an arithmetic expression for example.
    Unknown {
        quoted: bool,
    },
}

/// `${name...}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    /// What stands in brackets behind the name of an array.
    pub(super) index: Option<String>,
    pub(super) change: Change,
}

/// What is done to the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// `${name-word}`, `${name:-word}` and those with `=`.
    Default(Word),
    /// `${name+word}`, `${name:+word}`.
    Alternative(Word),
    /// `${name#word}`, `${name%word}`; doubled for the longest match.
    Cut {
        front: bool,
        longest: bool,
        pattern: Word,
    },
    /// One that this reader does not know.
    Unknown,
}

impl Word {
    /// The text of a word that is nothing but text without quotes.
    pub(super) fn bare(&self) -> Option<&str> {
        match self.0.as_slice() {
            [
                Piece::Text {
                    text,
                    quoted: false,
                },
            ] => Some(text),
            _ => None,
        }
    }
}
