//! The right to write the report, and the files that are written at a claim.

use std::any::Any;
use std::path::Path;

use super::error::{Error, Result};
use super::io::OwnFile;
use super::path::SysPath;
use super::root::Root;
use crate::pci::Address;

/// The modes of what everybody may read, and of what only root may.
const PUBLIC: u32 = 0o644;
const PRIVATE: u32 = 0o600;

/// The right to write the report, which one process has at a time.
#[derive(Debug)]
pub struct ReportStore<'a> {
    root: &'a Root,
    _lock: Box<dyn Any>,
}

impl ReportStore<'_> {
    /// Puts the report in its place, whole or not at all.
    pub fn store(&self, text: &[u8]) -> Result<()> {
        let dirs = [SysPath::ReportDir];
        self.root.replace(&dirs, "report.json", PUBLIC, text)
    }
}

impl Root {
    /// Waits until no other process changes the report; it is ours for as long as what is returned lasts.
    pub fn lock_report(&self) -> Result<ReportStore<'_>> {
        let file = self.own_file(&[SysPath::ReportDir], "lock", PRIVATE);
        match self.io.lock(&file) {
            Ok(lock) => Ok(ReportStore {
                root: self,
                _lock: lock,
            }),
            Err(source) => Err(Error {
                verb: "lock",
                path: file.path(),
                source,
            }),
        }
    }

    /// Waits until no other process changes settings and images; that is ours for as long as what is returned lasts.
    pub fn lock_settings(&self) -> Result<Box<dyn Any>> {
        let file = self.own_file(&[SysPath::ReportDir], "settings.lock", PRIVATE);
        self.io.lock(&file).map_err(|source| Error {
            verb: "lock",
            path: file.path(),
            source,
        })
    }

    /// Puts the report in its place, whole or not at all, once nobody else changes it.
    pub fn store_report(&self, text: &[u8]) -> Result<()> {
        self.lock_report()?.store(text)
    }

    /// Puts the copy of a ROM in its place, whole or not at all.
    pub fn store_rom(&self, address: Address, bytes: &[u8]) -> Result<()> {
        let dirs = [SysPath::ReportDir, SysPath::RomDir];
        self.replace(&dirs, &format!("{address}.rom"), PRIVATE, bytes)
    }

    /// Writes a file that the user named, wherever it is.
    pub fn save(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.io.save(path, bytes).map_err(|source| Error {
            verb: "write",
            path: path.to_owned(),
            source,
        })
    }

    fn own_file(&self, dirs: &[SysPath<'_>], name: &str, mode: u32) -> OwnFile {
        OwnFile {
            dirs: dirs.iter().map(|dir| self.path(*dir)).collect(),
            name: name.to_owned(),
            mode,
        }
    }

    fn replace(&self, dirs: &[SysPath<'_>], name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let file = self.own_file(dirs, name, mode);
        self.io.replace(&file, bytes).map_err(|source| Error {
            verb: "write",
            path: file.path(),
            source,
        })
    }
}
