//! Folders that are test cases, each with a file that holds what is to be printed.
//!
//! `CASE=NAME` chooses those whose names contain NAME; `UPDATE=1` writes what is printed now.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// The folders of `tests/ROOM` in the order of their names, or those that `CASE` chooses; at least `least` without it.
pub fn folders(room: &str, least: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(place(room)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort();
    let Ok(chosen) = env::var("CASE") else {
        let number = folders.len();
        assert!(number >= least, "tests/{room} has only {number} folders");
        return folders;
    };
    folders.retain(|folder| name(folder).contains(&chosen));
    assert!(
        !folders.is_empty(),
        "CASE={chosen}: no folder of tests/{room} has that in its name"
    );
    folders
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn place(room: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(room)
}

/// What differs between the files and what is printed.
#[derive(Debug, Default)]
pub struct Differences(String);

impl Differences {
    /// Compares the text of `file` with what is printed, which is written there first with `UPDATE=1`.
    pub fn compare(&mut self, file: &Path, printed: &str) {
        if env::var_os("UPDATE").is_some() {
            fs::write(file, printed).unwrap();
        }
        let wanted = fs::read_to_string(file).unwrap_or_default();
        let file = file
            .strip_prefix(env!("CARGO_MANIFEST_DIR"))
            .unwrap_or(file);
        self.0 += &difference(&file.display().to_string(), &wanted, printed);
    }

    /// Panics with all differences, if there are any.
    #[track_caller]
    pub fn assert_none(self) {
        assert!(self.0.is_empty(), "\n{}", self.0);
    }
}

/// The lines in which two texts differ, with three lines around them; empty where they are the same.
pub fn difference(name: &str, wanted: &str, printed: &str) -> String {
    let diff = TextDiff::from_lines(wanted, printed);
    let mut unified = diff.unified_diff();
    unified.header(name, "printed").to_string()
}
