//! What the [model](super::model) does with the files through which a device is prepared.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::kernel::{Kernel, fail};
use super::tree::Node;
use super::tree::offers::resource;

/// What has become of these files.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The ROMs that can be read now.
    shown: Vec<PathBuf>,
    /// The directories of the devices that decode no memory.
    pub asleep: Vec<PathBuf>,
    /// All ways to reset a device, by its `reset_method`.
    methods: BTreeMap<PathBuf, String>,
}

impl Kernel {
    /// Writes one of these files; `None` where it is another.
    pub fn write_preparation(&mut self, place: &Path, text: &str) -> Option<Result<()>> {
        let name = place.file_name().unwrap().to_str().unwrap();
        let dir = place.parent().unwrap();
        let is_bound = self.tree.0.contains_key(&dir.join("driver"));
        Some(match name {
            "reset_method" => self.reset_method(place, text),
            "d3cold_allowed" | "control" => {
                self.tree.file(place, format!("{text}\n"));
                Ok(())
            }
            "enable" if is_bound => fail(Errno::EBUSY),
            "enable" => {
                self.prepared
                    .asleep
                    .retain(|device| device != dir || text == "0");
                Ok(())
            }
            "rom" => {
                self.prepared.shown.retain(|rom| rom != place);
                self.prepared
                    .shown
                    .extend((text == "1").then(|| place.to_owned()));
                Ok(())
            }
            _ if name.starts_with("resource") && is_bound => fail(Errno::EBUSY),
            _ if name.starts_with("resource") => self.resize(dir, name, text),
            _ => return None,
        })
    }

    /// Takes methods that the device has; all that it has stand in the file at first.
    fn reset_method(&mut self, place: &Path, text: &str) -> Result<()> {
        let now = self.read_text(place);
        let all = self
            .prepared
            .methods
            .entry(place.to_owned())
            .or_insert(now)
            .clone();
        let known = |name: &str| all.split_whitespace().any(|other| other == name);
        match text {
            "default" => self.tree.file(place, all),
            _ if text.split(' ').all(known) => self.tree.file(place, format!("{text}\n")),
            _ => return fail(Errno::EINVAL),
        }
        Ok(())
    }

    fn resize(&mut self, dir: &Path, name: &str, text: &str) -> Result<()> {
        let bit: u32 = text.parse().or_else(|_| fail(Errno::EINVAL))?;
        let sizes = u64::from_str_radix(self.read_text(&dir.join(name)).trim_end(), 16).unwrap();
        if sizes >> bit & 1 == 0 {
            return fail(Errno::EINVAL);
        }
        let bar: usize = name["resource".len()..][..1].parse().unwrap();
        let text = self.read_text(&dir.join("resource"));
        let mut lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
        lines[bar] = resource(Some(bit));
        self.tree.file(dir.join("resource"), lines.concat());
        Ok(())
    }

    fn read_text(&self, place: &Path) -> String {
        match self.tree.0.get(place) {
            Some(Node::File(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        }
    }

    /// Whether a file can be read now: a ROM only while it is shown, and the kernel must find an image in it.
    pub fn readable(&self, place: &Path) -> Result<()> {
        if !place.ends_with("rom") {
            return Ok(());
        }
        let asleep = self
            .prepared
            .asleep
            .iter()
            .any(|dir| place.starts_with(dir));
        let image =
            self.tree.0.get(place).is_some_and(
                |node| matches!(node, Node::File(text) if text.starts_with(b"\x55\xaa")),
            );
        match (
            self.prepared.shown.iter().any(|rom| rom == place),
            asleep || !image,
        ) {
            (false, _) => fail(Errno::EINVAL),
            (true, true) => fail(Errno::EIO),
            (true, false) => Ok(()),
        }
    }
}
