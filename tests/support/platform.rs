//! Platform drivers in the [model](super::model): what they do to memory when they are bound and unbound, as efifb, vesafb
//! and simpledrm were seen to do.

use std::io::Result;
use std::path::Path;

use nix::errno::Errno;

use super::kernel::{Kernel, fail};
use super::tree::Node;
use super::tree::framebuffer::memory;

impl Kernel {
    /// A write to the `bind` or `unbind` file of a platform driver.
    pub fn write_platform(&mut self, driver: &str, file: &str, name: &str) -> Result<()> {
        let link = format!("sys/devices/platform/{name}/driver");
        if self.tree.0.contains_key(Path::new(&link)) == (file == "bind") {
            return fail(Errno::ENODEV);
        }
        if self.knobs.stubborn.iter().any(|other| other == driver) {
            return fail(Errno::EBUSY);
        }
        let Some(Node::File(iomem)) = self.tree.0.get(Path::new("proc/iomem")).cloned() else {
            return fail(Errno::ENODEV);
        };
        let mut iomem = String::from_utf8(iomem).unwrap();
        if file == "bind" {
            iomem.push_str(memory(driver));
            self.tree.attach(name, driver);
        } else {
            iomem = iomem.replace(memory(driver), "");
            self.tree.0.remove(Path::new(&link));
        }
        self.tree.file("proc/iomem", iomem);
        Ok(())
    }
}
