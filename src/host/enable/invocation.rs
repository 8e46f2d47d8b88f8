//! A program of the system with its arguments.

use std::fmt;

/// A program and its arguments. It is printed as a shell reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The name of the program.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl Invocation {
    /// `program` with these arguments.
    pub fn new(program: &'static str, arguments: &[&str]) -> Self {
        Self {
            program,
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
        }
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program)?;
        for word in &self.arguments {
            if is_plain(word) {
                write!(f, " {word}")?;
            } else {
                write!(f, " '{}'", word.replace('\'', "'\\''"))?;
            }
        }
        Ok(())
    }
}

fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    !word.is_empty() && word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_printed_as_a_shell_reads_it() {
        let text = Invocation::new("grubby", &["--args=a b", "it's", "--update-kernel=ALL"]);
        let wanted = r"grubby '--args=a b' 'it'\''s' --update-kernel=ALL";
        assert_eq!(text.to_string(), wanted);
    }
}
