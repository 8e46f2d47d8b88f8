//! A Debian root file system with the kernel of the boot tests, with our package or without, to make images in.
//!
//! *Writes* `target/images/SUITE`, anew in every run; root only. `tests/images/roots` fills the cache it comes from,
//! `make deb` makes the package. The package's own trigger makes the first image with us in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::store::{Kernel, cached, source, target};

/// A root file system, by its directory.
#[derive(Debug)]
pub(crate) struct Root {
    pub(crate) kernel: Kernel,
    path: PathBuf,
}

impl Root {
    /// The root of this kernel's suite, with the package installed; made when it is first asked for.
    pub(crate) fn of(kernel: Kernel) -> &'static Self {
        static ROOTS: [OnceLock<Root>; 3] = [const { OnceLock::new() }; 3];
        ROOTS[kernel as usize].get_or_init(|| {
            let root = Self::make(kernel, kernel.suite(), kernel.suite());
            root.install();
            root
        })
    }

    /// The root of this kernel's suite as the distribution made it, without the package; made when it is first asked for.
    pub(crate) fn stock(kernel: Kernel) -> &'static Self {
        static ROOTS: [OnceLock<Root>; 3] = [const { OnceLock::new() }; 3];
        ROOTS[kernel as usize].get_or_init(|| {
            Self::make(kernel, &format!("{}-stock", kernel.suite()), kernel.suite())
        })
    }

    /// The root of Debian 12 with libvirt and QEMU in it, and the package; made when it is first asked for.
    pub(crate) fn libvirt() -> &'static Self {
        static ROOT: OnceLock<Root> = OnceLock::new();
        ROOT.get_or_init(|| {
            let root = Self::make(Kernel::Bookworm, "libvirt", "libvirt");
            root.install();
            root
        })
    }

    fn make(kernel: Kernel, name: &str, archive: &str) -> Self {
        let root = Self::empty(kernel, name);
        let archive = cached(
            &format!("roots/{archive}.tar"),
            &format!("run tests/images/roots {archive}"),
        );
        run(Command::new("tar")
            .arg("-xf")
            .arg(archive)
            .arg("-C")
            .arg(&root.path));
        let release = kernel.release();
        let modules = root.path("usr/lib/modules").join(&release);
        fs::create_dir_all(modules.parent().unwrap()).unwrap();
        run(Command::new("cp")
            .arg("-a")
            .arg(kernel.modules())
            .arg(&modules));
        fs::copy(
            kernel.vmlinuz(),
            root.path(&format!("boot/vmlinuz-{release}")),
        )
        .unwrap();
        // The generators look here for what they need of the kernel; Debian's kernels all have it.
        fs::write(
            root.path(&format!("boot/config-{release}")),
            "CONFIG_BLK_DEV_INITRD=y\nCONFIG_RD_GZIP=y\n",
        )
        .unwrap();
        root.overlay(&source("tests/images/config"));
        root.enter(&["update-initramfs", "-c", "-k", &release]);
        root
    }

    fn empty(kernel: Kernel, name: &str) -> Self {
        let path = target().join("images").join(name);
        if path.exists() {
            fs::remove_dir_all(&path).unwrap();
        }
        fs::create_dir_all(&path).unwrap();
        Self { kernel, path }
    }

    /// A copy under another name, to be changed.
    pub(crate) fn copy(&self, name: &str) -> Self {
        let copy = Self::empty(self.kernel, name);
        copy.overlay(&self.path);
        copy
    }

    /// Installs our package.
    pub(crate) fn install(&self) {
        fs::copy(package(), self.path("tmp/package.deb")).unwrap();
        self.enter(&["dpkg", "--force-unsafe-io", "-i", "/tmp/package.deb"]);
        fs::remove_file(self.path("tmp/package.deb")).unwrap();
    }

    /// Puts dracut, as the suite has it, in the place of initramfs-tools. It makes the images anew in the end.
    pub(crate) fn turn_to_dracut(&self) {
        // Its newer versions make an image anew that is there, and none that is not.
        let script = "for image in /boot/initrd.img-*; do : >$image; done
            dpkg --purge initramfs-tools
            dpkg --force-unsafe-io -i /opt/dracut_*.deb";
        self.enter(&["sh", "-euc", script]);
    }

    /// Copies what is below `from` over the root.
    pub(crate) fn overlay(&self, from: &Path) {
        run(Command::new("cp")
            .arg("-a")
            .arg("--no-preserve=ownership")
            .arg(from.join("."))
            .arg(&self.path));
    }

    /// Runs a command in the root and returns what it printed.
    pub(crate) fn enter(&self, command: &[&str]) -> String {
        run(Command::new(source("tests/images/enter"))
            .arg(&self.path)
            .args(command))
    }

    /// A path in the root as this machine sees it.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.path.join(inside.trim_start_matches('/'))
    }

    /// The image that the distribution makes by itself.
    pub(crate) fn initrd(&self) -> PathBuf {
        self.path(&format!("boot/initrd.img-{}", self.kernel.release()))
    }

    /// The version of an installed package.
    pub(crate) fn version(&self, package: &str) -> String {
        self.enter(&["dpkg-query", "-W", "-f", "${Version}", package])
    }
}

/// The package that `make deb` built last.
fn package() -> PathBuf {
    let name = format!("vfio-early_{}_amd64.deb", env!("CARGO_PKG_VERSION"));
    let path = source("dist").join(name);
    assert!(path.exists(), "{} is missing: run make deb", path.display());
    path
}

/// Runs a command to its end; panics with all it printed if it fails.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{text}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}
