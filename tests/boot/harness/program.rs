//! Puts programs of this machine into an image, with the shared libraries they need.
//!
//! Source: ldd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::store::tool;

/// Copies `program` to `place` below `root`, and its libraries to where the loader looks for them.
pub(crate) fn install(program: &Path, place: &str, root: &Path) {
    copy(program, &root.join(merged(place)));
    for library in libraries(program) {
        let to = root.join(merged(library.to_str().unwrap()));
        if !to.exists() {
            copy(&library, &to);
        }
    }
}

/// QEMU as it is on this machine, and what it needs to run a machine inside a machine: files with their places there.
pub(crate) fn emulator() -> Vec<(PathBuf, String)> {
    let qemu = tool("qemu-system-x86_64", "qemu-system-x86");
    let listed = Command::new(&qemu).args(["-L", "help"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let firmware = [
        "bios-256k.bin",
        "kvmvapic.bin",
        "linuxboot_dma.bin",
        "pvh.bin",
    ]
    .into_iter()
    .map(|name| {
        let found = listed
            .lines()
            .map(|line| Path::new(line).join(name))
            .find(|path| path.is_file());
        let found = found.unwrap_or_else(|| {
            panic!("QEMU's {name} is missing: install qemu-system-x86 and seabios")
        });
        (found, format!("/test/firmware/{name}"))
    });
    // Debian's QEMU has its emulator in a module; where it is built in there is nothing to add.
    let module = "accel-tcg-x86_64.so";
    let directories = [
        "/usr/lib/x86_64-linux-gnu/qemu",
        "/usr/lib64/qemu",
        "/usr/lib/qemu",
    ];
    let module = directories
        .iter()
        .map(|directory| Path::new(directory).join(module))
        .find(|path| path.is_file());
    let module = module.map(|path| (path, "/test/qemu/accel-tcg-x86_64.so".to_owned()));
    firmware
        .chain(module)
        .chain([(qemu, "/usr/bin/qemu-system-x86_64".to_owned())])
        .collect()
}

/// Copies a file, parents made; what `from` links to, not the link.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(from, to).unwrap_or_else(|error| {
        panic!(
            "cannot copy {} to {}: {error}",
            from.display(),
            to.display()
        )
    });
}

/// The path inside an image whose `/bin`, `/sbin`, `/lib` and `/lib64` link to `/usr`, relative to its root.
pub(crate) fn merged(path: &str) -> PathBuf {
    let path = path.trim_start_matches('/');
    let linked = ["bin/", "sbin/", "lib/", "lib64/"]
        .iter()
        .any(|start| path.starts_with(start));
    if linked {
        Path::new("usr").join(path)
    } else {
        PathBuf::from(path)
    }
}

/// The shared libraries of a program; none if it is static.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new(tool("ldd", "libc-bin"))
        .arg(program)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        !text.contains("not found"),
        "{}: a library is missing:\n{text}",
        program.display()
    );
    text.lines()
        .filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')))
        .map(PathBuf::from)
        .collect()
}
