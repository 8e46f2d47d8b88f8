//! The driver core of the [model](super::model): what binds, when, and with which error, as 6.1 to 7.2 were seen to do.

use std::collections::BTreeMap;
use std::io::{Error, Result};
use std::path::Path;

use nix::errno::Errno;

use super::model::{Fault, Knobs, Wrong};
use super::prepare::Prepared;
use super::tree::{Node, Tree};

/// The kernel and its files.
#[derive(Debug)]
pub struct Kernel {
    pub tree: Tree,
    pub knobs: Knobs,
    /// The driver that each device had at first: the host's own, which a probe without an override gives it.
    pub native: BTreeMap<String, String>,
    /// Every call that changes something, in order.
    pub acts: Vec<String>,
    /// Every call, in order: a verb and a file or device.
    pub calls: Vec<String>,
    /// The call at which the fault knob struck.
    pub faulted: Option<String>,
    /// Whether the call under way gets half of the bytes.
    short: bool,
    /// Unbinds that wait for a stubborn driver: the driver and the device.
    pub stuck: Vec<(String, String)>,
    /// Devices to be given back once their unbind is over, each with its override.
    pub returns: Vec<(String, String)>,
    pub prepared: Prepared,
}

pub fn fail<T>(errno: Errno) -> Result<T> {
    Err(Error::from_raw_os_error(errno as i32))
}

impl Kernel {
    pub fn new(tree: Tree, knobs: Knobs) -> Self {
        let mut kernel = Self {
            tree,
            knobs,
            native: BTreeMap::new(),
            acts: Vec::new(),
            calls: Vec::new(),
            faulted: None,
            short: false,
            stuck: Vec::new(),
            returns: Vec::new(),
            prepared: Prepared::default(),
        };
        for address in kernel.knobs.asleep.clone() {
            kernel.prepared.asleep.extend(kernel.dir_of(&address).ok());
        }
        for address in kernel.addresses() {
            if let Some(driver) = kernel.driver_of(&address) {
                kernel.native.insert(address, driver);
            }
        }
        kernel
    }

    /// Counts a call; where it is the one of the fault knob, that strikes.
    pub fn call(&mut self, name: &str) -> Result<()> {
        let number = self.calls.len();
        self.calls.push(name.to_owned());
        self.short = false;
        let Some(Fault { at, what }) = self.knobs.fault else {
            return Ok(());
        };
        if at == number {
            self.faulted = Some(name.to_owned());
        }
        // The value written is between the two words that identify the call.
        let ends = |name: &str| {
            Some((
                name.split(' ').next()?.to_owned(),
                name.split(' ').next_back()?.to_owned(),
            ))
        };
        let again = at < number && self.faulted.as_deref().and_then(ends) == ends(name);
        match what {
            Wrong::Once(errno) if at == number => fail(errno),
            Wrong::Always(errno) if at == number || again => fail(errno),
            Wrong::Short if at == number => {
                self.short = true;
                Ok(())
            }
            Wrong::Vanish(address) if at == number => {
                self.vanish(address);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// As much of `bytes` as the call under way gets.
    pub fn part<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let length = if self.short {
            bytes.len() / 2
        } else {
            bytes.len()
        };
        &bytes[..length]
    }

    /// Takes a device out of the tree.
    fn vanish(&mut self, address: &str) {
        let Ok(dir) = self.dir_of(address) else {
            return;
        };
        self.tree.0.retain(|path, _| {
            !path.starts_with(&dir) && !path.ends_with(Path::new("devices").join(address))
        });
    }

    /// Puts down an act; an intruder that waits for it is faster.
    pub fn act(&mut self, text: &str) {
        self.acts.push(text.trim_end().to_owned());
        if let Some(intruder) = self
            .knobs
            .intruder
            .take_if(|one| text.starts_with(&one.before))
        {
            self.native
                .insert(intruder.address.clone(), intruder.driver.clone());
            self.tree.driver(&intruder.driver);
            let dir = self.dir_of(&intruder.address).unwrap();
            self.tree.link(
                dir.join("driver"),
                format!("../bus/pci/drivers/{}", intruder.driver),
            );
        }
    }

    /// The driver's probe, as `bind` and a registration call it.
    pub(super) fn probe(&mut self, driver: &str, address: &str) -> Result<()> {
        let dir = self.dir_of(address)?;
        if self.knobs.broken.iter().any(|name| name == driver) {
            return fail(Errno::EIO);
        }
        let group = dir.join("iommu_group");
        if is_vfio(driver) {
            if self.knobs.late_groups && !self.tree.0.contains_key(&group) {
                self.tree.link(&group, "../../../kernel/iommu_groups/7");
                let member = format!("sys/kernel/iommu_groups/7/devices/{address}");
                self.tree.link(member, format!("../../../../x/{address}"));
            }
            let file = |name: &str| match self.tree.0.get(&dir.join(name)) {
                Some(Node::File(text)) => Some(text.clone()),
                _ => None,
            };
            // A table without headers has those of the classes.
            let is_bridge = match file("config") {
                Some(config) => config[0x0e] & 0x7f != 0,
                None => String::from_utf8_lossy(&file("uevent").unwrap()).contains("CLASS=604"),
            };
            if !self.tree.0.contains_key(&group) || is_bridge {
                return fail(Errno::EINVAL);
            }
            self.tree.file(dir.join("power/control"), "auto\n");
        }
        self.tree
            .link(dir.join("driver"), format!("../bus/pci/drivers/{driver}"));
        Ok(())
    }

    fn bind(&mut self, driver: &str, address: &str) -> Result<()> {
        self.dir_of(address)?;
        if self.driver_of(address).is_some() {
            return fail(Errno::EBUSY);
        }
        let matching = self.override_of(address);
        if matching
            .or_else(|| self.native.get(address).cloned())
            .as_deref()
            != Some(driver)
        {
            return fail(Errno::ENODEV);
        }
        self.probe(driver, address)
    }

    /// The stubborn drivers let go at last, and what waited for that goes on.
    pub fn let_go(&mut self) {
        for (driver, address) in std::mem::take(&mut self.stuck) {
            // A device that vanished meanwhile is nobody's any more.
            let _ = self.unbind(&driver, &address);
        }
        for (address, text) in std::mem::take(&mut self.returns) {
            let held = Path::new("sys/bus/pci/devices")
                .join(&address)
                .join("driver_override");
            let probe = Path::new("sys/bus/pci/drivers_probe");
            let _ = self
                .write(&held, &text)
                .and_then(|()| self.write(probe, &address));
        }
    }

    pub fn write(&mut self, path: &Path, text: &str) -> Result<()> {
        let place = self.resolve(path, true)?;
        if let Some(done) = self.write_preparation(&place, text) {
            return done;
        }
        let dir = place.parent().unwrap().to_owned();
        let driver = dir.file_name().unwrap().to_string_lossy().into_owned();
        match place.file_name().unwrap().to_str().unwrap() {
            "driver_override" => {
                let held = if text == "\n" { "(null)" } else { text };
                self.tree.file(place, format!("{held}\n"));
                Ok(())
            }
            file @ ("bind" | "unbind") if place.starts_with("sys/bus/platform") => {
                self.write_platform(&driver, file, text)
            }
            "bind" => self.bind(&driver, text),
            "unbind" => self.unbind(&driver, text),
            "sriov_drivers_autoprobe" => {
                self.tree.file(place, format!("{text}\n"));
                Ok(())
            }
            "drivers_probe" => {
                let wanted = self
                    .override_of(text)
                    .or_else(|| self.native.get(text).cloned());
                let wanted = wanted.filter(|driver| self.is_registered(driver));
                if let (Some(driver), None) = (wanted, self.driver_of(text)) {
                    // Its failure is not returned: drivers_probe reports success.
                    let _ = self.probe(&driver, text);
                }
                self.dir_of(text).map(drop)
            }
            other => panic!("the model knows no {other}"),
        }
    }

    pub fn unbind(&mut self, driver: &str, address: &str) -> Result<()> {
        if self.driver_of(address).as_deref() != Some(driver) {
            return fail(Errno::ENODEV);
        }
        let link = self.dir_of(address)?.join("driver");
        self.tree.0.remove(&link);
        Ok(())
    }
}

/// Whether the driver wants a group and no bridge.
pub(super) fn is_vfio(driver: &str) -> bool {
    driver == "vfio-pci" || driver.ends_with("_vfio_pci") || driver.ends_with("-vfio-pci")
}
