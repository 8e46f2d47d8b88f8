//! The files of `src` as modules, and which file uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path as FilePath;
use std::slice;

use crate::source::{Path, Source, read};

/// Every file below `src`, by the path of its module; the root of the library has the empty one.
#[derive(Debug, Default)]
pub struct Tree(BTreeMap<Path, File>);

/// A file and what stands in it.
#[derive(Debug)]
struct File {
    /// Its place below `src`.
    name: String,
    source: Source,
}

/// Where a path leads.
enum End {
    Module(Path),
    /// Something that is defined in the file of this module.
    Item(Path),
    Outside,
}

impl Tree {
    /// Reads all files below `src`, but for `main.rs`, which is a program of its own.
    pub fn read(src: &FilePath) -> Self {
        let mut tree = Self::default();
        tree.add(src, &Path::new(), "");
        tree
    }

    fn add(&mut self, directory: &FilePath, module: &Path, place: &str) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            let mut inner = module.clone();
            if path.is_dir() {
                inner.push(name.to_owned());
                self.add(&path, &inner, &format!("{place}{name}/"));
            } else if name != "main.rs" {
                if !matches!(stem, "mod" | "lib") {
                    inner.push(stem.to_owned());
                }
                let source = read(&fs::read_to_string(&path).unwrap());
                let name = format!("{place}{name}");
                self.0.insert(inner, File { name, source });
            }
        }
    }

    /// Which files each file uses, itself left out.
    pub fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let used = |(module, file): (&Path, &'_ File)| -> BTreeSet<&str> {
            let ends = file.source.used.iter();
            let ends = ends.map(|path| self.follow(module, path, 0));
            let files = ends.filter_map(|end| match end {
                End::Item(module) => self.0.get(&module),
                End::Module(_) | End::Outside => None,
            });
            let files = files.map(|file| file.name.as_str());
            files.filter(|name| *name != file.name).collect()
        };
        let files = self.0.iter();
        files
            .map(|(module, file)| (file.name.as_str(), used((module, file))))
            .collect()
    }

    /// Where a path leads that stands in the file of `module`.
    fn follow(&self, module: &Path, path: &[String], depth: usize) -> End {
        let Some((first, rest)) = path.split_first() else {
            return End::Module(module.clone());
        };
        match first.as_str() {
            "crate" => self.enter(&Path::new(), rest, depth),
            "self" => self.enter(module, rest, depth),
            "super" => {
                let mut above = module.clone();
                above.pop();
                match rest.first() {
                    Some(word) if word == "super" => self.follow(&above, rest, depth),
                    _ => self.enter(&above, rest, depth),
                }
            }
            "" => End::Outside,
            _ if self.names(module, first) => self.enter(module, path, depth),
            _ => End::Outside,
        }
    }

    /// Whether this name is declared, defined or imported in the file of `module`.
    fn names(&self, module: &Path, name: &str) -> bool {
        let source = self.0.get(module).map(|file| &file.source);
        source.is_some_and(|source| {
            source.children.contains(name)
                || source.items.contains(name)
                || source.imports.contains_key(name)
        })
    }

    /// Where a path leads from inside `module`.
    fn enter(&self, module: &Path, path: &[String], depth: usize) -> End {
        let Some((first, rest)) = path.split_first() else {
            return End::Module(module.clone());
        };
        let Some(file) = self.0.get(module) else {
            return End::Outside;
        };
        // A function may have the name of its module.
        let imported = rest.is_empty() && file.source.imports.contains_key(first);
        if file.source.children.contains(first) && !imported {
            let inner = [module.as_slice(), slice::from_ref(first)].concat();
            return self.enter(&inner, rest, depth);
        }
        // Two files that import the same name from each other would lead round and round.
        if file.source.items.contains(first) || depth > 20 {
            return End::Item(module.clone());
        }
        if let Some(import) = file.source.imports.get(first) {
            // An import that begins with its own name is of another crate, or of the module of that name.
            if import.first() == Some(first) {
                return if file.source.children.contains(first) {
                    let inner = [module.as_slice(), slice::from_ref(first)].concat();
                    self.enter(&inner, &import[1..], depth + 1)
                } else {
                    End::Outside
                };
            }
            return match self.follow(module, import, depth + 1) {
                End::Module(inner) => self.enter(&inner, rest, depth + 1),
                end => end,
            };
        }
        for glob in &file.source.globs {
            if let End::Module(inner) = self.follow(module, glob, depth + 1) {
                if self.names(&inner, first) {
                    return self.enter(&inner, path, depth + 1);
                }
            }
        }
        End::Item(module.clone())
    }
}
