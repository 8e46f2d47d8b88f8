//! A model of the kernel's driver core in a [`Tree`]: it binds, unbinds and loads as 6.1 to 7.2 were seen to do.
//!
//! It answers through the same trait as the running system, so that whole claims run in tests, and can make any one
//! call fail. What it believes is written in the facts that the VM tests prove; it proves nothing by itself.

use std::cell::{RefCell, RefMut};
use std::io::Result;
use std::path::Path;
use std::rc::Rc;

use nix::errno::Errno;
use vfio_early::sys::{Io, OwnFile, Pending, Root};

use super::kernel::{Kernel, fail};
use super::tree::{Node, Tree};

/// How this kernel differs from the plain one.
#[derive(Clone, Debug, Default)]
pub struct Knobs {
    /// The kernel cannot unpack modules (6.1).
    pub no_decompression: bool,
    /// There is no modprobe in the image.
    pub no_modprobe: bool,
    /// These drivers never let go.
    pub stubborn: Vec<String>,
    /// These drivers refuse every device with EIO.
    pub broken: Vec<String>,
    /// Groups are made when a driver probes.
    pub late_groups: bool,
    /// The module virtio_iommu loads and finds no device of its own.
    pub no_virtio_iommu: bool,
    /// These modules fail to load with ENODEV.
    pub unloadable: Vec<String>,
    /// These devices decode no memory, as their firmware left them.
    pub asleep: Vec<String>,
    /// Another driver whose probe was under way gets a device.
    pub intruder: Option<Intruder>,
    /// What goes wrong besides.
    pub fault: Option<Fault>,
}

impl Knobs {
    /// This driver refuses every device.
    pub fn broken(driver: &str) -> Self {
        Self {
            broken: vec![driver.to_owned()],
            ..Self::default()
        }
    }

    /// This driver never lets go.
    pub fn stubborn(driver: &str) -> Self {
        Self {
            stubborn: vec![driver.to_owned()],
            ..Self::default()
        }
    }
}

/// One thing that goes wrong at one call.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The number of the call, counted from 0.
    pub at: usize,
    pub what: Wrong,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Wrong {
    /// The call fails.
    Once(Errno),
    /// The call fails, and so does every later one of its kind on the same file.
    Always(Errno),
    /// Half of the bytes are read or written. Where none are, all goes well.
    Short,
    /// This device vanishes before the call.
    Vanish(&'static str),
}

/// A driver that takes a device just before the first act that begins with `before`.
#[derive(Clone, Debug)]
pub struct Intruder {
    pub before: String,
    pub address: String,
    pub driver: String,
}

/// A handle that [`Root`] can own.
#[derive(Clone, Debug)]
pub struct Model(pub Rc<RefCell<Kernel>>);

pub const ROOT: &str = "/model";

impl Model {
    pub fn new(tree: Tree, knobs: Knobs) -> Self {
        Self(Rc::new(RefCell::new(Kernel::new(tree, knobs))))
    }

    pub fn root(&self) -> Root {
        Root::with(ROOT, Box::new(self.clone()))
    }

    /// The text of a file, `None` where there is none.
    pub fn text(&self, path: &str) -> Option<String> {
        let kernel = self.0.borrow();
        match kernel
            .tree
            .0
            .get(&kernel.resolve(Path::new(path), true).ok()?)?
        {
            Node::File(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }

    /// The driver of a device.
    pub fn driver(&self, address: &str) -> Option<String> {
        self.0.borrow().driver_of(address)
    }

    /// Everything that changed something so far, in order.
    pub fn acts(&self) -> Vec<String> {
        self.0.borrow().acts.clone()
    }

    fn call(&self, verb: &str, path: &Path) -> Result<RefMut<'_, Kernel>> {
        let mut kernel = self.0.borrow_mut();
        kernel.call(&format!("{verb} {}", path.display()))?;
        Ok(kernel)
    }
}

impl Io for Model {
    fn read_once(&self, path: &Path, buffer: &mut [u8]) -> Result<usize> {
        let kernel = self.call("read", path)?;
        match &kernel.tree.0[&kernel.resolve(path, true)?] {
            Node::File(text) => {
                let length = kernel.part(text).len().min(buffer.len());
                buffer[..length].copy_from_slice(&text[..length]);
                Ok(length)
            }
            _ => fail(Errno::EISDIR),
        }
    }

    fn lines(&self, path: &Path, _: u64, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        let kernel = self.call("read", path)?;
        let path = kernel.resolve(path, true)?;
        kernel.readable(&path)?;
        match &kernel.tree.0[&path] {
            // Who reads lines reads until there are no more.
            Node::File(text) => text.split_inclusive(|byte| *byte == b'\n').for_each(take),
            _ => return fail(Errno::EISDIR),
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> Result<Vec<String>> {
        let kernel = self.call("list", path)?;
        let dir = kernel.resolve(path, true)?;
        let below = kernel
            .tree
            .0
            .keys()
            .filter(|path| path.parent() == Some(&dir));
        Ok(below
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect())
    }

    fn link(&self, path: &Path) -> Result<String> {
        let kernel = self.call("readlink", path)?;
        match &kernel.tree.0[&kernel.resolve(path, false)?] {
            Node::Link(target) => Ok(target.clone()),
            _ => fail(Errno::EINVAL),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        let kernel = self.0.borrow();
        let modprobe = path.ends_with("sbin/modprobe") && !kernel.knobs.no_modprobe;
        modprobe || kernel.resolve(path, false).is_ok()
    }

    fn identity(&self, path: &Path) -> Result<(u64, u64)> {
        let kernel = self.call("stat", path)?;
        if path == Path::new(ROOT) {
            return Ok((0, u64::MAX));
        }
        let found = kernel.resolve(path, true)?;
        let before = kernel.tree.0.keys().take_while(|path| **path != found);
        Ok((0, before.count() as u64))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut kernel = self.call(&format!("write {text:?}"), path)?;
        if kernel.part(bytes).len() < bytes.len() {
            // What came of half a text is all that a device has: nothing would take half an address.
            if path.ends_with("driver_override") {
                let half = String::from_utf8_lossy(kernel.part(bytes)).into_owned();
                kernel.write(path, &half)?;
            }
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        let place = path.strip_prefix(ROOT).unwrap().display();
        kernel.act(&format!("write {text:?} {place}"));
        kernel.write(path, &text)
    }

    fn replace(&self, file: &OwnFile, bytes: &[u8]) -> Result<()> {
        let path = file.path();
        let mut kernel = self.call("replace", &path)?;
        if kernel.part(bytes).len() < bytes.len() {
            return fail(Errno::ENOSPC);
        }
        kernel.tree.file(path.strip_prefix(ROOT).unwrap(), bytes);
        Ok(())
    }

    fn load(&self, path: &Path, options: &str, compressed: bool) -> Result<()> {
        let mut kernel = self.call("load", path)?;
        let name = vfio_early::machine::module_name(&path.to_string_lossy());
        kernel.act(&format!("load {name} {options}"));
        if compressed && kernel.knobs.no_decompression {
            return fail(Errno::EOPNOTSUPP);
        }
        kernel.load(&name)
    }

    fn run(&self, path: &Path, arguments: &[&str]) -> Result<()> {
        let mut kernel = self.call("run", path)?;
        let name = path.file_name().unwrap().to_string_lossy();
        kernel.act(&format!("run {name} {}", arguments.join(" ")));
        kernel.load(arguments[1])
    }

    /// A program prints what stands in its file.
    fn output(&self, path: &Path, _: &[&str]) -> Result<Vec<u8>> {
        let kernel = self.call("run", path)?;
        match &kernel.tree.0[&kernel.resolve(path, true)?] {
            Node::File(text) => Ok(text.clone()),
            _ => fail(Errno::EACCES),
        }
    }

    fn start_unbind(&self, _: &Path, driver: &str, address: &str) -> Result<Box<dyn Pending>> {
        let mut kernel = self.call("unbind", Path::new(address))?;
        kernel.act(&format!("unbind {address} {driver}"));
        if kernel.knobs.stubborn.iter().any(|name| name == driver) {
            kernel.stuck.push((driver.to_owned(), address.to_owned()));
            return Ok(Box::new(Ended(None)));
        }
        Ok(Box::new(Ended(Some(kernel.unbind(driver, address)))))
    }

    fn start_give_back(&self, _: &Path, [_, address, text]: [&str; 3]) -> Result<()> {
        let mut kernel = self.call("give back", Path::new(address))?;
        kernel.act(&format!("give back {address} {text:?}"));
        kernel.returns.push((address.to_owned(), text.to_owned()));
        Ok(())
    }

    fn is_real(&self) -> bool {
        false
    }
}

/// An unbind that has ended, or never does.
struct Ended(Option<Result<()>>);

impl Pending for Ended {
    fn poll(&mut self) -> Option<Result<()>> {
        self.0.take()
    }
}
