//! Kernel modules for an image: those asked for, what they depend on, and the indexes modprobe reads.
//!
//! Source: modules.dep. The depmod of this machine makes the indexes anew, so they name only what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::copy;
use super::store::{Kernel, tool};

/// How the module files of an image are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As the kernel's package has them.
    Packaged,
    Xz,
    Zstd,
}

/// Puts `names` with their dependencies into the image below `root`, but none of `missing`.
pub(crate) fn install(
    kernel: Kernel,
    names: &[String],
    missing: &[String],
    format: Format,
    root: &Path,
) {
    let from = kernel.modules();
    let to = root.join("usr/lib/modules").join(kernel.release());
    let files = closure(&from, names, missing);
    for file in &files {
        copy(&from.join(file), &to.join(file));
    }
    for list in [
        "modules.order",
        "modules.builtin",
        "modules.builtin.modinfo",
    ] {
        copy(&from.join(list), &to.join(list));
    }
    compress(format, files.iter().map(|file| to.join(file)));
    run(Command::new(tool("depmod", "kmod"))
        .arg("-b")
        .arg(root)
        .arg(kernel.release()));
}

/// The module files that `names` need, by modules.dep; names that are built in need none.
fn closure(modules: &Path, names: &[String], missing: &[String]) -> BTreeSet<String> {
    let read = |file: &str| fs::read_to_string(modules.join(file)).unwrap();
    let (dep, builtin) = (read("modules.dep"), read("modules.builtin"));
    let builtin: BTreeSet<String> = builtin.lines().map(name).collect();
    let dep: BTreeMap<String, &str> = dep.lines().map(|line| (name(line), line)).collect();
    let mut files = BTreeSet::new();
    for wanted in names.iter().filter(|wanted| !missing.contains(wanted)) {
        match dep.get(wanted) {
            Some(line) => files.extend(
                line.split([':', ' '])
                    .filter(|word| !word.is_empty())
                    .map(str::to_owned),
            ),
            None => assert!(
                builtin.contains(wanted),
                "{} has no module {wanted}",
                modules.display()
            ),
        }
    }
    files
}

/// The module's name as the kernel writes it, from the first path in a line.
fn name(line: &str) -> String {
    let path = line.split(':').next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    file.split(".ko")
        .next()
        .unwrap_or_default()
        .replace('-', "_")
}

fn compress(format: Format, files: impl Iterator<Item = PathBuf>) {
    let mut command = match format {
        Format::Packaged => return,
        Format::Xz => Command::new(tool("xz", "xz-utils")),
        Format::Zstd => Command::new(tool("zstd", "zstd")),
    };
    let options: &[&str] = match format {
        Format::Packaged => &[],
        // The kernel's own xz knows no other checksum, and so kernels are packaged with this one.
        Format::Xz => &["-0", "--check=crc32"],
        Format::Zstd => &["-q", "-1", "--rm"],
    };
    run(command.args(options).args(files));
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
