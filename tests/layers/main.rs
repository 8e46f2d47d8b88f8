//! The rooms of `src` lie in layers, and no file uses one that uses it: both are read from the sources.
//!
//! A `mod.rs` that only declares and re-exports is passed through, to the file in which a thing is defined.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs,
    reason = "a test fails by panicking, and reads its own files"
)]

mod source;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tree::Tree;

/// The rooms from the ground up, as in CONTRIBUTING: each uses only those above it in this list.
const ROOMS: [&str; 12] = [
    "malformed",
    "escape",
    "pci",
    "sys",
    "config",
    "machine",
    "plan",
    "act",
    "report",
    "cli",
    "boot",
    "host",
];

fn src() -> Tree {
    Tree::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// The room of a file: `pci/id.rs` is in `pci`, `cli.rs` is one of its own. The root of the library is in none.
fn room(file: &str) -> Option<usize> {
    let end = file.find(['/', '.'])?;
    let name = &file[..end];
    let known = ROOMS.iter().position(|room| *room == name);
    assert!(known.is_some() || name == "lib", "src/{file} is in no room");
    known
}

#[test]
fn each_room_uses_only_those_below_it() {
    let tree = src();
    let mut wrong = Vec::new();
    for (file, used) in tree.uses() {
        for other in used {
            if room(file).is_some() && room(other) > room(file) {
                wrong.push(format!("src/{file} uses src/{other}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn only_the_root_of_the_library_names_the_host() {
    let tree = src();
    let uses = tree.uses();
    let outside = uses.iter().filter(|(file, _)| !file.starts_with("host/"));
    let naming = outside.filter(|(_, used)| used.iter().any(|other| other.starts_with("host/")));
    let naming: Vec<&&str> = naming.map(|(file, _)| file).collect();
    assert!(naming.iter().all(|file| **file == "lib.rs"), "{naming:?}");
    let main = include_str!("../../src/main.rs");
    assert_eq!(main.matches("vfio_early::host").count(), 1, "{main}");
}

#[test]
fn no_file_uses_one_that_uses_it() {
    let tree = src();
    let circles = circles(&tree.uses());
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn uses_are_found() {
    let tree = src();
    let uses = tree.uses();
    for (file, other) in [
        ("host/commands/bind.rs", "act/claim.rs"),
        ("act/claim.rs", "plan/plan.rs"),
        ("config/selector.rs", "pci/address.rs"),
        ("boot/claim.rs", "config/read.rs"),
        ("pci/id.rs", "malformed.rs"),
    ] {
        assert!(uses[file].contains(other), "{file}: {:?}", uses[file]);
    }
}

/// The files of each circle, with what each uses of it.
fn circles<'a>(
    uses: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> Vec<BTreeMap<&'a str, Vec<&'a str>>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        uses.keys().map(|file| (*file, reach(file, uses))).collect();
    let mut circles = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (file, all) in &reached {
        if !all.contains(file) || seen.contains(file) {
            continue;
        }
        let members: BTreeSet<&str> = all
            .iter()
            .copied()
            .filter(|other| reached[other].contains(file))
            .collect();
        seen.extend(members.iter());
        let inside = |file: &'a str| uses[file].intersection(&members).copied().collect();
        let members = members.iter().copied();
        circles.push(members.map(|file| (file, inside(file))).collect());
    }
    circles
}

/// All files that a file uses, and those that they use.
fn reach<'a>(file: &str, uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&str> = uses[file].iter().copied().collect();
    while let Some(next) = left.pop() {
        if reached.insert(next) {
            left.extend(&uses[next]);
        }
    }
    reached
}
