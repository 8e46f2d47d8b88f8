//! What one source file declares, imports and names, read from its text.
//!
//! It knows as much of Rust as that takes: comments, strings, attributes, braces and use trees. Unit tests are left
//! out, since what they import is no part of the program.

use std::collections::{BTreeMap, BTreeSet};

/// A path as it is written: `["crate", "pci", "Address"]`; one that begins with `::` begins with an empty word.
pub type Path = Vec<String>;

/// One file.
#[derive(Debug, Default)]
pub struct Source {
    /// The modules that it declares.
    pub children: BTreeSet<String>,
    /// What it defines at its top level.
    pub items: BTreeSet<String>,
    /// What it imports, by the name that this has here.
    pub imports: BTreeMap<String, Path>,
    /// The modules of which it imports everything.
    pub globs: Vec<Path>,
    /// The imported names and the paths that its code uses.
    pub used: BTreeSet<Path>,
}

/// Reads a file.
pub fn read(text: &str) -> Source {
    let mut source = Source::default();
    let mut reexported = BTreeSet::new();
    let mut words = BTreeSet::new();
    let tokens = without_tests(tokens(text));
    let (mut at, mut depth) = (0, 0);
    while let Some(token) = tokens.get(at) {
        let before = at.checked_sub(1).map_or("", |at| tokens[at].as_str());
        let next = tokens.get(at + 1).map_or("", String::as_str);
        at += 1;
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "use" => {
                let end = at + tokens[at..].iter().position(|token| token == ";").unwrap();
                let names = imports(&tokens[at..end], &[], &mut source);
                if before == "pub" || before == ")" {
                    reexported.extend(names);
                } else {
                    source.used.extend(names.into_iter().map(|name| vec![name]));
                }
                at = end;
            }
            "mod" if tokens.get(at + 1).is_some_and(|token| token == ";") => {
                source.children.insert(next.to_owned());
                at += 1;
            }
            "fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "union"
                if depth == 0 && next != "fn" =>
            {
                source.items.insert(next.to_owned());
            }
            "::" if is_word(next) && !is_word(before) && before != ">" => {
                let path = path_at(&tokens, at - 1);
                at += 2 * path.len() - 3;
                source.used.insert(path);
            }
            word if is_word(word) => {
                let path = path_at(&tokens, at - 1);
                at += 2 * (path.len() - 1);
                words.extend(path.first().cloned());
                if path.len() > 1 {
                    source.used.insert(path);
                }
            }
            _ => {}
        }
    }
    // A name that is only passed on is no use of it.
    let both = reexported.intersection(&words);
    source.used.extend(both.map(|name| vec![name.clone()]));
    source
}

/// The path whose first word, or leading `::`, is at this place.
fn path_at(tokens: &[String], start: usize) -> Path {
    let mut path = Path::new();
    let mut at = start;
    if tokens[at] != "::" {
        path.push(tokens[at].clone());
        at += 1;
    } else {
        path.push(String::new());
    }
    while tokens.get(at).is_some_and(|token| token == "::") {
        let Some(word) = tokens.get(at + 1).filter(|word| is_word(word)) else {
            break;
        };
        path.push(word.clone());
        at += 2;
    }
    path
}

/// Puts a use tree into `source`, below the path `above`; the names that it gives.
fn imports(tree: &[String], above: &[String], source: &mut Source) -> Vec<String> {
    let mut names = Vec::new();
    for branch in branches(tree) {
        let mut path = above.to_vec();
        let mut rest = branch;
        if rest.first().is_some_and(|token| token == "::") {
            path.push(String::new());
            rest = &rest[1..];
        }
        loop {
            match rest {
                [word, colons, more @ ..] if colons == "::" => {
                    path.push(word.clone());
                    rest = more;
                }
                [open, inside @ .., _] if open == "{" => {
                    names.extend(imports(inside, &path, source));
                    break;
                }
                [star] if star == "*" => {
                    source.globs.push(path);
                    break;
                }
                [word, renamed @ ..] => {
                    if word != "self" {
                        path.push(word.clone());
                    }
                    let name = renamed.last().or(path.last()).cloned().unwrap_or_default();
                    names.push(name.clone());
                    source.imports.insert(name, path);
                    break;
                }
                [] => break,
            }
        }
    }
    names
}

/// The parts of a use tree between its outermost commas.
fn branches(tree: &[String]) -> Vec<&[String]> {
    let mut depth = 0;
    let parts = tree.split(|token| {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        depth == 0 && token == ","
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// The tokens without attributes, and without the modules that are for tests only.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut left = Vec::new();
    let mut at = 0;
    let mut is_test = false;
    while let Some(token) = tokens.get(at) {
        if token == "#" {
            let end = closing(&tokens, at + 1, "[", "]");
            is_test |= tokens[at..end].join("").contains("cfg(test)");
            at = end;
        } else if is_test {
            at = closing(&tokens, at, "{", "}");
            is_test = false;
        } else {
            left.push(token.clone());
            at += 1;
        }
    }
    left
}

/// The place behind what closes the first `open` from here on; behind a `;` that comes before it.
fn closing(tokens: &[String], start: usize, open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if token == open {
            depth += 1;
        } else if token == close {
            depth -= 1;
        }
        if depth == 0 && (token == close || token == ";") {
            return at + 1;
        }
    }
    tokens.len()
}

/// Words, `::` and single characters, without comments, strings, characters and lifetimes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if is_word(rest) {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        let skipped = token.starts_with("//") || literal(rest).is_some() || first.is_whitespace();
        if !skipped {
            tokens.push(token.to_owned());
        }
        rest = behind;
    }
    tokens
}

/// How long the string, character or lifetime is that the text begins with.
fn literal(text: &str) -> Option<usize> {
    let bare = text.trim_start_matches('b');
    let head = text.len() - bare.len();
    if head > 1 {
        return None;
    }
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inside = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", &raw[..hashes]);
        return Some(head + 2 + hashes + inside.find(&end)? + end.len());
    }
    let quote = bare.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (at, c) in bare.char_indices().skip(1) {
        if !escaped && c == quote {
            return Some(head + at + 1);
        }
        // A lifetime has no second quote.
        let is_lifetime = quote == '\'' && at > 1 && !bare[1..].starts_with('\\');
        if is_lifetime {
            return Some(head + 1);
        }
        escaped = !escaped && c == '\\';
    }
    None
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
