//! The initramfs of a test: busybox, our init, the static binary, modules, and what the test adds.
//!
//! *Writes* a directory and the archive made of it, both gone with the [`Built`] image.
//! To add a knob: a field in [`Image`], its effect in [`Image::build`].

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::cpio;
use super::modules::{self, Format};
use super::program::{copy, install, merged};
use super::store::{Architecture, Kernel, binary, source, target, tool};

/// What an image holds beside the things every image holds.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) format: Format,
    /// Modules in the image, dependencies not counted.
    pub(crate) modules: Vec<String>,
    /// Modules that are kept out, whoever wants them.
    pub(crate) missing: Vec<String>,
    /// Whether the image has a modprobe for vfio-early to run.
    pub(crate) modprobe: bool,
    /// Text files, by path.
    pub(crate) files: Vec<(String, String)>,
    /// Programs of this machine and other files, by path.
    pub(crate) copies: Vec<(String, PathBuf)>,
    /// The init of the machine.
    pub(crate) init: PathBuf,
    /// The configuration in a universal image that is put in front, where there is one.
    pub(crate) universal: Option<String>,
}

impl Image {
    pub(crate) fn new() -> Self {
        Self {
            format: Format::Packaged,
            modules: Vec::new(),
            missing: Vec::new(),
            modprobe: false,
            files: Vec::new(),
            copies: Vec::new(),
            init: source("tests/guest/init"),
            universal: None,
        }
    }

    /// Builds the archive for `kernel`.
    pub(crate) fn build(&self, kernel: Kernel) -> Built {
        let directory = target().join("boot");
        fs::create_dir_all(&directory).unwrap();
        let directory = tempfile::Builder::new()
            .prefix("image-")
            .tempdir_in(directory)
            .unwrap();
        let root = directory.path().join("root");
        let architecture = kernel.architecture();
        skeleton(architecture, &root);
        copy(&self.init, &root.join("init"));
        copy(&architecture.binary(), &root.join("usr/bin/vfio-early"));
        modules::install(kernel, &self.modules, &self.missing, self.format, &root);
        self.loader(kernel, &root);
        for (path, text) in &self.files {
            let path = root.join(merged(path));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        for (path, from) in &self.copies {
            if is_elf(from) {
                install(from, path, &root)
            } else {
                copy(from, &root.join(merged(path)))
            }
        }
        let archive = directory.path().join("initrd");
        let mut out = BufWriter::new(File::create(&archive).unwrap());
        if let Some(config) = &self.universal {
            let root = directory.path().join("universal");
            let of_host = |(path, _): &&(String, String)| path.starts_with("/etc/vfio-early.d/");
            for (path, text) in self.files.iter().filter(of_host) {
                let path = root.join(path.trim_start_matches('/'));
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            out.write_all(&first(kernel, config, &root)).unwrap();
        }
        cpio::write(&root, &mut out).unwrap();
        out.flush().unwrap();
        fs::remove_dir_all(&root).unwrap();
        Built {
            archive,
            _directory: directory,
        }
    }

    /// Gives init a modprobe of its own, where vfio-early does not look: whether the image has one is the test's choice.
    fn loader(&self, kernel: Kernel, root: &Path) {
        // Busybox cannot read every compression; kmod can, but it is this machine's.
        let unpacked = matches!(kernel, Kernel::Bookworm | Kernel::TrixieBuiltin);
        let plain = self.format == Format::Packaged && unpacked;
        if plain || kernel.architecture() == Architecture::Arm64 {
            symlink("/usr/bin/busybox", root.join("test/modprobe")).unwrap();
        } else {
            install(
                &fs::canonicalize(tool("modprobe", "kmod")).unwrap(),
                "/test/modprobe",
                root,
            );
        }
        if self.modprobe {
            install(
                &fs::canonicalize(tool("modprobe", "kmod")).unwrap(),
                "/usr/bin/kmod",
                root,
            );
            symlink("../bin/kmod", root.join("usr/sbin/modprobe")).unwrap();
            symlink("../bin/kmod", root.join("usr/sbin/insmod")).unwrap();
        }
    }
}

/// What `vfio-early image` writes for `kernel` on a host below `root` with this configuration.
fn first(kernel: Kernel, config: &str, root: &Path) -> Vec<u8> {
    for directory in ["etc", "lib/modules", "proc/sys/kernel"] {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    fs::write(root.join("etc/vfio-early.conf"), config).unwrap();
    fs::write(root.join("proc/cmdline"), "").unwrap();
    fs::write(root.join("proc/sys/kernel/osrelease"), kernel.release()).unwrap();
    // A link would lead out of the root, and the program does not follow that.
    let modules = root.join("lib/modules").join(kernel.release());
    let copied = |how| {
        let mut copy = Command::new("cp");
        copy.arg(how).arg(kernel.modules()).arg(&modules);
        copy.stderr(Stdio::null()).status().unwrap().success()
    };
    assert!(copied("-al") || copied("-a"), "the modules are not copied");
    universal(root, &[])
}

/// What `vfio-early image` with these options writes on a host below `root`.
pub(crate) fn universal(root: &Path, options: &[&str]) -> Vec<u8> {
    let output = Command::new(binary())
        .arg("--root")
        .arg(root)
        .arg("image")
        .args(options)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "vfio-early image: {stderr}");
    output.stdout
}

/// An archive on disk.
pub(crate) struct Built {
    pub(crate) archive: PathBuf,
    _directory: TempDir,
}

/// The directories, and busybox under the names that init uses. There is no modprobe among them.
fn skeleton(architecture: Architecture, root: &Path) {
    let directories = [
        "usr/bin",
        "usr/sbin",
        "usr/lib",
        "usr/lib64",
        "dev",
        "etc",
        "proc",
        "run",
        "sys",
        "test",
        "tmp",
    ];
    for directory in directories {
        fs::create_dir_all(root.join(directory)).unwrap();
    }
    for link in ["bin", "sbin", "lib", "lib64"] {
        symlink(Path::new("usr").join(link), root.join(link)).unwrap();
    }
    copy(&architecture.busybox(), &root.join("usr/bin/busybox"));
    for applet in [
        "cat", "dd", "dmesg", "grep", "ls", "mount", "poweroff", "reboot", "sh", "sleep",
    ] {
        symlink("busybox", root.join("usr/bin").join(applet)).unwrap();
    }
}

fn is_elf(path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"))
}
