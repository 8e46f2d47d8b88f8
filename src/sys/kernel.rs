//! What is done to the kernel rather than to a file: modules loaded, drivers made to let go.
//!
//! Source: finit_module(2), modprobe(8), Linux's Documentation/ABI/testing/sysfs-bus-pci.

use std::path::{Path, PathBuf};

use super::Root;
use super::error::{Error, Result};
use super::path::{MODPROBES, SysPath, ZPOOLS};
use super::unbind::Pending;
use crate::escape::escaped;
use crate::pci::{Address, DriverName};

impl Root {
    /// Loads a module file of the release into the kernel.
    pub fn load_module(&self, place: SysPath<'_>, options: &str, compressed: bool) -> Result<()> {
        let path = self.path(place);
        log::debug!(target: "vfio-early", "load {} {}", path.display(), options);
        self.for_this_kernel(&path)?;
        self.io
            .load(&path, options, compressed)
            .map_err(|source| Error {
                verb: "load",
                path,
                source,
            })
    }

    /// Runs the first modprobe program found with `arguments`.
    pub fn modprobe(&self, arguments: &[&str]) -> Result<()> {
        let path = self.program("modprobe", &MODPROBES, arguments)?;
        self.io.run(&path, arguments).map_err(|source| Error {
            verb: "run",
            path,
            source,
        })
    }

    /// What the program of ZFS prints with `arguments`.
    pub fn zpool(&self, arguments: &[&str]) -> Result<Vec<u8>> {
        let path = self.program("zpool", &ZPOOLS, arguments)?;
        self.io.output(&path, arguments).map_err(|source| Error {
            verb: "run",
            path,
            source,
        })
    }

    /// The first of `places` where there is a program.
    fn program(&self, name: &str, places: &[&str], arguments: &[&str]) -> Result<PathBuf> {
        let mut paths = places.iter().map(|path| self.dir.join(path));
        let Some(path) = paths.find(|path| self.io.exists(path)) else {
            let source = std::io::Error::from_raw_os_error(nix::errno::Errno::ENOENT as i32);
            return Err(Error {
                verb: "find",
                path: name.into(),
                source,
            });
        };
        log::debug!(target: "vfio-early", "run {} {}", path.display(), arguments.join(" "));
        self.for_this_kernel(&path)?;
        Ok(path)
    }

    /// Starts to take the device away from its driver, in a process of its own: the write can take for ever.
    pub fn start_unbind(&self, driver: &DriverName, address: Address) -> Result<Box<dyn Pending>> {
        let path = self.path(SysPath::DriverFile(driver, "unbind"));
        log::debug!(target: "vfio-early", "write {address} to {} in a process of its own", path.display());
        let started = self
            .io
            .start_unbind(&self.dir, driver.as_str(), &address.to_string());
        started.map_err(|source| Error {
            verb: "write",
            path,
            source,
        })
    }

    /// Starts to give a device back that `driver` still holds: that waits until the driver lets go, so it has a process
    /// of its own that is not waited for.
    pub fn start_give_back(&self, driver: &DriverName, address: Address, text: &str) -> Result<()> {
        let path = self.path(SysPath::DeviceFile(address, "driver_override"));
        log::debug!(target: "vfio-early", "write \"{}\" to {} in a process of its own", escaped(text), path.display());
        let started = self
            .io
            .start_give_back(&self.dir, [driver.as_str(), &address.to_string(), text]);
        started.map_err(|source| Error {
            verb: "write",
            path,
            source,
        })
    }

    /// Modules and programs of another root are not for the running kernel.
    fn for_this_kernel(&self, path: &Path) -> Result<()> {
        if self.is_system() || !self.io.is_real() {
            return Ok(());
        }
        let source = std::io::Error::other("this root is not the running system's");
        Err(Error {
            verb: "load",
            path: path.to_owned(),
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_module_of_another_root_is_loaded() {
        let root = Root::at("/nonexistent");
        let error = root
            .load_module(SysPath::Modules("6.1", "x.ko"), "", false)
            .map_err(|e| e.to_string());
        assert_eq!(
            error,
            Err("cannot load /nonexistent/lib/modules/6.1/x.ko: this root is not the running system's".to_owned())
        );
    }
}
