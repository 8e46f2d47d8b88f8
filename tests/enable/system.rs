//! A system below a directory, with a generator that works, fails, or makes half an image, and a program that is killed.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fs;
use std::io::{Error, Read, Result};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use nix::errno::Errno;
use tempfile::TempDir;
use vfio_early::host::run_below;
use vfio_early::machine::Machine;
use vfio_early::sys::{Direct, Io, OwnFile, Pending, Root};

use crate::support::archive::Archive;
use crate::support::host;

pub const SETTINGS: &str = "etc/vfio-early.d/50-enabled.conf";
pub const RELEASES: [&str; 2] = ["6.1.0", "6.12.0"];

/// How the generator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    Works,
    /// It makes the first image, and fails.
    Fails,
    /// It cuts off the second image, and does not notice.
    CutsOff,
    /// It finds the disk full in the midst of the second image, and it stays full until that is removed.
    FillsDisk,
    /// It makes images without the settings.
    ForgetsSettings,
}

/// The files, and what happens to them.
pub struct System {
    pub dir: TempDir,
    pub generator: Cell<Generator>,
    /// The program is killed at this change.
    pub killed_at: Cell<Option<usize>>,
    pub free: Cell<u64>,
    /// What was run.
    pub runs: Rc<RefCell<Vec<String>>>,
}

/// What the program is told when it is killed.
pub struct Killed;

impl System {
    /// A system with a card to give away.
    pub fn new(host: &str) -> Self {
        Self::of(include_str!("../cases/280-check-ready/machine"), host)
    }

    /// A system on this machine.
    pub fn of(machine: &str, host: &str) -> Self {
        let machine: Machine = machine.parse().unwrap();
        let mut tree = host::tree(&machine, host);
        tree.file("proc/cmdline", "quiet\n");
        tree.dir("run");
        let dir = tempfile::tempdir().unwrap();
        tree.write_to(dir.path()).unwrap();
        Self {
            dir,
            generator: Cell::new(Generator::Works),
            killed_at: Cell::new(None),
            free: Cell::new(1 << 40),
            runs: Rc::default(),
        }
    }

    /// Runs the program; `None` where it was killed.
    pub fn run(&self, words: &str) -> Option<ExitCode> {
        let io = SystemIo {
            direct: Direct::at(self.dir.path()),
            dir: self.dir.path().to_owned(),
            generator: self.generator.get(),
            killed_at: self.killed_at.get(),
            changes: Cell::new(0),
            free: self.free.get(),
            runs: Rc::clone(&self.runs),
        };
        let root = Root::with(self.dir.path(), Box::new(io));
        let words: Vec<&str> = std::iter::once("vfio-early")
            .chain(words.split(' '))
            .collect();
        let run = std::panic::AssertUnwindSafe(|| run_below(&root, &words));
        match std::panic::catch_unwind(run) {
            Ok(status) => Some(status),
            Err(payload) if payload.is::<Killed>() => None,
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }

    /// Makes the images as the generator would.
    pub fn make_images(&self, settings: Option<&str>) {
        for release in RELEASES {
            let path = self.dir.path().join(format!("boot/initrd.img-{release}"));
            fs::write(path, image(settings.map(str::as_bytes))).unwrap();
        }
    }

    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.dir.path().join(path)).ok()
    }

    pub fn settings(&self) -> Option<String> {
        let text = self.read(SETTINGS)?;
        Some(String::from_utf8(text).unwrap())
    }

    pub fn images(&self) -> Vec<Option<Vec<u8>>> {
        let image = |release: &&str| self.read(&format!("boot/initrd.img-{release}"));
        RELEASES.iter().map(image).collect()
    }

    /// The images as the generator would make them with these settings.
    pub fn images_with(settings: Option<&str>) -> Vec<Option<Vec<u8>>> {
        let image = |_| Some(image(settings.map(str::as_bytes)));
        RELEASES.iter().map(image).collect()
    }

    /// What is kept of an attempt that has not come to its end.
    pub fn kept(&self) -> usize {
        let state = self.dir.path().join("var/lib/vfio-early");
        let count = |dir: PathBuf| fs::read_dir(dir).map_or(0, Iterator::count);
        count(state.join("images")) + usize::from(state.join("unfinished").exists())
    }
}

/// An image with the settings in it.
pub fn image(settings: Option<&[u8]>) -> Vec<u8> {
    let mut archive = Archive::default();
    archive.file("conf/initramfs.conf", b"MODULES=most\n");
    archive.file(
        "scripts/init-top/ORDER",
        b"/scripts/init-top/00-vfio-early \"$@\"\n",
    );
    archive.file("usr/bin/vfio-early", b"ELF vfio-early 0.1.0\n");
    if let Some(settings) = settings {
        archive.file(SETTINGS, settings);
    }
    archive.finish()
}

struct SystemIo {
    direct: Direct,
    dir: PathBuf,
    generator: Generator,
    killed_at: Option<usize>,
    changes: Cell<usize>,
    free: u64,
    runs: Rc<RefCell<Vec<String>>>,
}

impl SystemIo {
    /// One more thing that is changed; here the program can be killed.
    fn change(&self) {
        self.changes.set(self.changes.get() + 1);
        if self.killed_at == Some(self.changes.get()) {
            std::panic::resume_unwind(Box::new(Killed));
        }
    }

    fn generate(&self) -> Result<()> {
        let settings = fs::read(self.dir.join(SETTINGS)).ok();
        let settings = settings.filter(|_| self.generator != Generator::ForgetsSettings);
        for (index, release) in RELEASES.iter().enumerate() {
            let path = self.dir.join(format!("boot/initrd.img-{release}"));
            let image = image(settings.as_deref());
            let half = &image[..image.len() / 2];
            match (self.generator, index) {
                (Generator::Fails, 1) => return Err(Error::other("exit status: 1")),
                (Generator::CutsOff, 1) => fs::write(path, half)?,
                (Generator::FillsDisk, 1) => {
                    fs::write(path, half)?;
                    return Err(Error::other("exit status: 1"));
                }
                _ => fs::write(path, image)?,
            }
            self.change();
        }
        Ok(())
    }
}

impl Io for SystemIo {
    fn put(&self, path: &Path, mode: u32, bytes: &[u8]) -> Result<()> {
        self.change();
        self.direct.put(path, mode, bytes)?;
        self.change();
        Ok(())
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        self.change();
        let full = self.generator == Generator::FillsDisk && to.ends_with("initrd.img-6.12.0");
        if full && to.exists() {
            return Err(Errno::ENOSPC.into());
        }
        self.direct.copy(from, to)?;
        self.change();
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.change();
        self.direct.remove(path)?;
        self.change();
        Ok(())
    }

    fn free_space(&self, _: &Path) -> Result<u64> {
        Ok(self.free)
    }

    fn run_shown(
        &self,
        path: &Path,
        arguments: &[&str],
        tick: &mut dyn FnMut(Duration),
    ) -> Result<()> {
        let name = path.file_name().unwrap().to_str().unwrap();
        let line = [&[name], arguments].concat().join(" ");
        self.runs.borrow_mut().push(line);
        self.change();
        tick(Duration::from_secs(11));
        match name {
            "update-initramfs" => self.generate(),
            _ => Ok(()),
        }
    }

    fn is_real(&self) -> bool {
        false
    }

    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize> {
        self.direct.read_once(path, buffer)
    }

    fn lines(&self, path: &Path, limit: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        self.direct.lines(path, limit, take)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        self.direct.list(path)
    }

    fn link(&self, path: &Path) -> Result<String> {
        self.direct.link(path)
    }

    fn exists(&self, path: &Path) -> bool {
        self.direct.exists(path)
    }

    fn identity(&self, path: &Path) -> Result<(u64, u64)> {
        self.direct.identity(path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.direct.write(path, bytes)
    }

    fn replace(&self, file: &OwnFile, bytes: &[u8]) -> Result<()> {
        self.direct.replace(file, bytes)
    }

    fn lock(&self, file: &OwnFile) -> Result<Box<dyn Any>> {
        self.direct.lock(file)
    }

    fn load(&self, _: &Path, _: &str, _: bool) -> Result<()> {
        Err(Errno::EPERM.into())
    }

    fn run(&self, _: &Path, _: &[&str]) -> Result<()> {
        Err(Errno::EPERM.into())
    }

    fn output(&self, _: &Path, _: &[&str]) -> Result<Vec<u8>> {
        Err(Errno::EPERM.into())
    }

    fn length(&self, path: &Path) -> Result<u64> {
        self.direct.length(path)
    }

    fn part(&self, path: &Path, part: (u64, u64)) -> Result<Box<dyn Read>> {
        self.direct.part(path, part)
    }

    fn unpack(&self, program: &str, path: &Path, part: (u64, u64)) -> Result<Box<dyn Read>> {
        self.direct.unpack(program, path, part)
    }

    fn start_unbind(&self, _: &Path, _: &str, _: &str) -> Result<Box<dyn Pending>> {
        Err(Errno::EPERM.into())
    }

    fn start_give_back(&self, _: &Path, _: [&str; 3]) -> Result<()> {
        Err(Errno::EPERM.into())
    }
}
