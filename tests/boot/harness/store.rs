//! Where the things come from that the tests do not build: kernels, busybox, the static binary.
//!
//! *Reads.* `tests/kernels` fills the cache, `packaging/build-static` makes the binary, `make boot` runs both.
//! What is missing is named together with the command that makes it; no test passes without it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Debian kernel in the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kernel {
    /// Debian 12: Linux 6.1, plain `.ko` modules, cannot decompress modules itself.
    Bookworm,
    /// Debian 13: Linux 6.12, `.ko.xz` modules, decompresses xz itself.
    Trixie,
    /// Debian unstable: Linux 7.x, `.ko.xz` modules. It moves: no part of what has to be repeatable.
    #[allow(dead_code, reason = "for the image tests")]
    Sid,
    /// Debian 13 for arm64.
    TrixieArm64,
    /// Debian 13's source, compiled with vfio-pci, nvme and simpledrm as its parts and an IOMMU that has to be asked for.
    #[allow(dead_code, reason = "for the boot tests")]
    TrixieBuiltin,
}

/// What a kernel runs on; `board.rs` has the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Amd64,
    Arm64,
}

impl Kernel {
    /// The kernel image.
    pub(crate) fn vmlinuz(self) -> PathBuf {
        self.present("vmlinuz")
    }

    /// What `uname -r` prints on this kernel.
    pub(crate) fn release(self) -> String {
        fs::read_to_string(self.present("release"))
            .unwrap()
            .trim()
            .to_owned()
    }

    /// The contents of `/lib/modules/RELEASE`.
    pub(crate) fn modules(self) -> PathBuf {
        self.present("modules")
    }

    pub(crate) fn architecture(self) -> Architecture {
        match self {
            Self::Bookworm | Self::Trixie | Self::Sid | Self::TrixieBuiltin => Architecture::Amd64,
            Self::TrixieArm64 => Architecture::Arm64,
        }
    }

    /// Debian's name for the release the kernel is from, and the architecture if it is not amd64, or how it was made.
    pub(crate) fn suite(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
            Self::Sid => "sid",
            Self::TrixieArm64 => "trixie-arm64",
            Self::TrixieBuiltin => "trixie-builtin",
        }
    }

    fn present(self, file: &str) -> PathBuf {
        let suite = self.suite();
        let path = format!("kernels/{suite}/{file}");
        cached(&path, &format!("run tests/kernels {suite}"))
    }
}

impl Architecture {
    /// The statically linked busybox.
    pub(crate) fn busybox(self) -> PathBuf {
        match self {
            Self::Amd64 => busybox(),
            Self::Arm64 => cached("busybox-arm64", "run tests/kernels trixie-arm64"),
        }
    }

    /// The static `vfio-early` that goes into the images.
    pub(crate) fn binary(self) -> PathBuf {
        let built = "aarch64-unknown-linux-musl/release/vfio-early";
        match self {
            Self::Amd64 => binary(),
            Self::Arm64 => present(target().join(built), "run make arm64"),
        }
    }
}

/// The statically linked busybox.
pub(crate) fn busybox() -> PathBuf {
    cached("busybox", "run tests/kernels")
}

/// The static `vfio-early` that goes into the images; `VFIO_EARLY_BINARY` names another one.
pub(crate) fn binary() -> PathBuf {
    let built = "x86_64-unknown-linux-musl/release/vfio-early";
    let path = env::var_os("VFIO_EARLY_BINARY").map_or_else(|| target().join(built), PathBuf::from);
    present(path, "run make build")
}

/// The static boot build, without the commands of the running host.
#[allow(dead_code, reason = "for the benchmarks")]
pub(crate) fn boot_binary() -> PathBuf {
    let built = "x86_64-unknown-linux-musl/boot/vfio-early";
    present(target().join(built), "run make boot-build")
}

/// A file of the UEFI firmware for emulated machines.
pub(crate) fn firmware_file(name: &str) -> PathBuf {
    let remedy = "install the package ovmf, or run tests/setup";
    present(Path::new("/usr/share/OVMF").join(name), remedy)
}

/// A program from `[[example]]`, built now: cargo does not build examples for one test alone.
pub(crate) fn example(name: &str) -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "build",
            "--quiet",
            "--locked",
            "--example",
            name,
            "--target-dir",
        ])
        .arg(target());
    let status = cargo.current_dir(source("")).status().unwrap();
    assert!(status.success(), "{cargo:?}: {status}");
    target().join("debug/examples").join(name)
}

/// Cargo's target directory: this program is in `target/PROFILE/{deps,examples}`.
pub(crate) fn target() -> PathBuf {
    let program = env::current_exe().unwrap();
    program.ancestors().nth(3).unwrap().to_owned()
}

/// A file of this repository, by its path from the top.
pub(crate) fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The program of this name on `PATH` or in the directories that only root has there.
pub(crate) fn tool(name: &str, package: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!("{name} is missing: install the package {package}, or run tests/setup")
        })
}

/// A file of the cache; if it is missing, the remedy is named.
pub(crate) fn cached(path: &str, remedy: &str) -> PathBuf {
    present(cache().join(path), remedy)
}

fn cache() -> PathBuf {
    let named = |key| {
        env::var_os(key)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    named("VFIO_EARLY_CACHE").unwrap_or_else(|| {
        named("XDG_CACHE_HOME")
            .or_else(|| named("HOME").map(|home| home.join(".cache")))
            .expect("none of VFIO_EARLY_CACHE, XDG_CACHE_HOME and HOME is set")
            .join("vfio-early")
    })
}

fn present(path: PathBuf, remedy: &str) -> PathBuf {
    assert!(path.exists(), "{} is missing: {remedy}", path.display());
    path
}
