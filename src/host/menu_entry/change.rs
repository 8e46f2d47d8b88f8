//! The second entry is added, made anew for another kernel, and removed: its files, and GRUB's own program.

use super::entry::{Entry, is_copy, newest};
use super::{grub, text};
use crate::host::enable::file_step::{CONFIGURATION, FileStep};
use crate::host::enable::invocation::Invocation;
use crate::host::enable::program_step::run;
use crate::host::enable::step::Step;
use crate::sys::boot_setup::{ENTRIES, GRUB_CONFIGS};
use crate::sys::{BOOT_DIRS, Root, SysPath};

/// What grub-mkconfig runs for our entry.
const SCRIPT: &str = "/etc/grub.d/45_vfio-early";
/// What is in it.
const SCRIPT_TEXT: &str = include_str!("../../../packaging/grub/45_vfio-early");
/// What makes the entries that it copies.
const SCRIPT_OF_GRUB: &str = "/etc/grub.d/10_linux";
/// Where the number of the system is that entries name.
const MACHINE_ID: &str = "/etc/machine-id";

/// The permissions of the script.
const PROGRAM: u32 = 0o755;

/// What is done to the boot menu.
#[derive(Clone, Debug, Default)]
pub struct MenuEntryStep {
    files: Vec<FileStep>,
    /// What makes GRUB's menu of the files.
    program: Option<Invocation>,
}

impl MenuEntryStep {
    /// Adds the entry for each boot loader below `root` that takes one.
    ///
    /// An error where none does.
    pub fn adding(root: &Root) -> Result<Self, String> {
        let mut step = Self::default();
        for dir in BOOT_DIRS {
            step.files.extend(copy_of(root, dir, &entries(root, dir)?)?);
        }
        let of_grub = root.exists(SysPath::Named(SCRIPT_OF_GRUB));
        // Fedora's GRUB reads the entries.
        if of_grub && step.files.is_empty() {
            let script = Some(SCRIPT_TEXT.as_bytes().to_vec());
            step.files
                .push(FileStep::read(root, SCRIPT, PROGRAM, script)?);
            step.program = Some(make_menu(root)?);
        }
        if step.files.is_empty() {
            return Err(
                "a second boot entry can be added to the menu of GRUB, and where there are entries of the Boot Loader \
                 Specification that name a kernel; this system has neither"
                    .to_owned(),
            );
        }
        Ok(step)
    }

    /// Makes the entries anew that are there, each for the newest kernel of its directory.
    pub fn updating(root: &Root) -> Result<Self, String> {
        let mut step = Self::default();
        for dir in BOOT_DIRS {
            let entries = entries(root, dir)?;
            if !entries.iter().any(Entry::is_copy) {
                continue;
            }
            let copy = copy_of(root, dir, &entries)?;
            let gone = entries.iter().filter(|entry| entry.is_copy());
            let gone = gone.map(|entry| path(dir, &entry.name));
            let gone = gone.filter(|path| copy.as_ref().is_none_or(|copy| copy.path != *path));
            for path in gone {
                step.files
                    .push(FileStep::read(root, path, CONFIGURATION, None)?);
            }
            step.files.extend(copy);
        }
        step.files.retain(|file| file.before != file.after);
        Ok(step)
    }

    /// Removes the entries that are there; `None` where there are none.
    pub fn removing(root: &Root) -> Result<Option<Self>, String> {
        let mut step = Self::default();
        for dir in BOOT_DIRS {
            for name in names(root, dir)?.iter().filter(|name| is_copy(name)) {
                let file = FileStep::read(root, path(dir, name), CONFIGURATION, None)?;
                step.files.push(file);
            }
        }
        if root.exists(SysPath::Named(SCRIPT)) {
            step.files
                .push(FileStep::read(root, SCRIPT, PROGRAM, None)?);
            step.program = make_menu(root).ok();
        }
        Ok((!step.files.is_empty()).then_some(step))
    }

    /// Whether anything is to be done.
    pub fn changes(&self) -> bool {
        self.files.iter().any(|file| file.before != file.after)
    }

    /// Writes and removes the files, and runs nothing.
    pub fn write_files(&self, root: &Root) -> Result<(), String> {
        self.files.iter().try_for_each(|file| file.apply(root))
    }
}

impl Step for MenuEntryStep {
    fn lines(&self) -> Vec<String> {
        let line = |file: &FileStep| {
            let verb = if file.after.is_some() {
                "write"
            } else {
                "remove"
            };
            format!("{verb} {}", file.path)
        };
        let run = self.program.iter().map(|program| format!("run {program}"));
        self.files.iter().map(line).chain(run).collect()
    }

    fn apply(&self, root: &Root) -> Result<(), String> {
        self.write_files(root)?;
        self.program
            .iter()
            .try_for_each(|program| run(root, program))
    }

    fn undo(&self, root: &Root) -> Result<(), String> {
        self.files.iter().try_for_each(|file| file.undo(root))?;
        self.program
            .iter()
            .try_for_each(|program| run(root, program))
    }
}

/// The entry of GRUB: what the script in `/etc/grub.d` prints for the menu that the others of its kind print.
pub fn of_grub(config: &[u8]) -> Option<String> {
    grub::copy(&String::from_utf8_lossy(config))
}

/// The program that makes GRUB's menu.
fn make_menu(root: &Root) -> Result<Invocation, String> {
    let has = |name: &&str| root.find_program(name).is_some();
    if has(&"update-grub") {
        return Ok(Invocation::new("update-grub", &[]));
    }
    let program = ["grub2-mkconfig", "grub-mkconfig"].into_iter().find(has);
    let mut configs = GRUB_CONFIGS.into_iter();
    let config = configs.find(|path| root.exists(SysPath::Named(path)));
    match (program, config) {
        (Some(program), Some(config)) => Ok(Invocation::new(program, &["-o", config])),
        _ => Err("the program that makes GRUB's menu, or that menu, is not found".to_owned()),
    }
}

/// The copy of the newest entry in `dir`; `None` where there is nothing to copy.
fn copy_of(root: &Root, dir: &str, entries: &[Entry]) -> Result<Option<FileStep>, String> {
    let id = root.read(SysPath::Named(MACHINE_ID)).ok().flatten();
    let id = String::from_utf8_lossy(id.as_deref().unwrap_or_default()).into_owned();
    let Some(entry) = newest(entries, id.trim()) else {
        return Ok(None);
    };
    let Some(copy) = text::copy(&entry.text) else {
        return Ok(None);
    };
    let path = path(dir, &entry.copy_name());
    FileStep::read(root, path, CONFIGURATION, Some(copy.into_bytes())).map(Some)
}

fn path(dir: &str, name: &str) -> String {
    format!("{dir}/{ENTRIES}/{name}")
}

fn names(root: &Root, dir: &str) -> Result<Vec<String>, String> {
    let dir = format!("{dir}/{ENTRIES}");
    let names = root.list(SysPath::Named(&dir));
    let mut names = names.map_err(|error| error.to_string())?;
    names.retain(|name| name.ends_with(".conf"));
    Ok(names)
}

/// The entries in a boot directory.
fn entries(root: &Root, dir: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for name in names(root, dir)? {
        let text = root.read(SysPath::Named(&path(dir, &name)));
        let text = text.map_err(|error| error.to_string())?;
        if let Some(Ok(text)) = text.map(String::from_utf8) {
            entries.push(Entry { name, text });
        }
    }
    Ok(entries)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test writes its own files")]
mod tests {
    use std::fs;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = Root::at(dir.path());
        (dir, root)
    }

    fn entry(version: &str) -> String {
        format!("title A\nversion {version}\nmachine-id abc\noptions ro\nlinux /l-{version}\n")
    }

    const COPY: &str = "/boot/loader/entries/abc-0-vfio_early_off.conf";

    #[test]
    fn the_entry_follows_the_newest_kernel_until_it_is_removed() {
        let (_dir, root) = tree(&[
            ("etc/machine-id", "abc\n"),
            ("boot/loader/entries/abc-6.1.conf", &entry("6.1")),
        ]);
        let copied = || {
            let text = root.read(SysPath::Named(COPY)).unwrap();
            text.map(|text| {
                text::value(&String::from_utf8(text).unwrap(), "linux").map(str::to_owned)
            })
        };
        // Nobody has asked for it.
        MenuEntryStep::updating(&root)
            .unwrap()
            .write_files(&root)
            .unwrap();
        assert_eq!(copied(), None);
        let step = MenuEntryStep::adding(&root).unwrap();
        assert_eq!(step.lines(), [format!("write {COPY}")]);
        step.apply(&root).unwrap();
        assert_eq!(copied(), Some(Some("/l-6.1".to_owned())));
        let newer = SysPath::Named("/boot/loader/entries/abc-6.12.conf");
        root.put(newer, 0o644, entry("6.12").as_bytes()).unwrap();
        MenuEntryStep::updating(&root)
            .unwrap()
            .write_files(&root)
            .unwrap();
        assert_eq!(copied(), Some(Some("/l-6.12".to_owned())));
        assert!(MenuEntryStep::updating(&root).unwrap().files.is_empty());
        step.undo(&root).unwrap();
        assert_eq!(copied(), None);
        step.apply(&root).unwrap();
        let removal = MenuEntryStep::removing(&root).unwrap().unwrap();
        removal.apply(&root).unwrap();
        assert_eq!(copied(), None);
        assert!(MenuEntryStep::removing(&root).unwrap().is_none());
    }

    #[test]
    fn grub_gets_a_script_and_makes_its_menu_anew() {
        let (_dir, root) = tree(&[
            ("etc/grub.d/10_linux", ""),
            ("boot/grub/grub.cfg", ""),
            ("usr/sbin/update-grub", ""),
        ]);
        let step = MenuEntryStep::adding(&root).unwrap();
        assert_eq!(
            step.lines(),
            [format!("write {SCRIPT}"), "run update-grub".to_owned()]
        );
        step.write_files(&root).unwrap();
        let removal = MenuEntryStep::removing(&root).unwrap().unwrap();
        assert_eq!(
            removal.lines(),
            [format!("remove {SCRIPT}"), "run update-grub".to_owned()]
        );
    }

    #[test]
    fn a_system_without_a_menu_that_can_be_added_to_is_refused() {
        let (_dir, root) = tree(&[("boot/EFI/Linux/a.efi", "")]);
        assert!(MenuEntryStep::adding(&root).is_err());
        assert!(MenuEntryStep::removing(&root).unwrap().is_none());
    }
}
