//! Runs the program on files as a user does, and shows all that the user sees.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::tree::Tree;

/// What `words` print below a root with the files of `tree`: standard output, each line of standard error, the exit
/// status. Words like `COLUMNS=60` in front are set in the environment; a word in double quotes may hold blanks. The
/// program runs in `dir`, so that a case can name a file of its own.
pub fn seen(words: &str, dir: &Path, tree: &Tree) -> String {
    let root = tempfile::tempdir().expect("a directory for the machine's files");
    tree.write_to(root.path()).expect("the machine's files");
    let mut command = Command::new(env!("CARGO_BIN_EXE_vfio-early"));
    command.current_dir(dir).env_clear();
    command.arg("--root").arg(root.path());
    for word in split(words) {
        match word
            .split_once('=')
            .filter(|(name, _)| !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase()))
        {
            Some((name, value)) => command.env(name, value),
            None => command.arg(word),
        };
    }
    let output = command.output().expect("the program runs");
    let text = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.replace(root.path().to_str().unwrap(), "ROOT")
    };
    let mut seen = text(&output.stdout);
    for line in text(&output.stderr).lines() {
        seen += &format!("stderr: {line}\n");
    }
    seen + &match output.status.code() {
        Some(status) => format!("exit {status}\n"),
        None => format!("{}\n", output.status),
    }
}

fn split(words: &str) -> Vec<String> {
    let mut split = Vec::new();
    for (index, part) in words.trim().split('"').enumerate() {
        if index % 2 == 1 {
            split.push(part.to_owned());
        } else {
            split.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    split
}

/// The file at `path`, if there is one, at `place` in the tree.
pub fn add(tree: &mut Tree, path: &Path, place: &str) {
    if let Ok(text) = fs::read(path) {
        tree.file(place, text);
    }
}
