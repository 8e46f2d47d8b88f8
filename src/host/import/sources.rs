//! Where other tools keep their settings.
//!
//! Source: the heads of the other files of this room.

use super::cmdline::cmdline;
use super::driverctl::driverctl;
use super::modprobe::modprobe;
use super::old_setting::{OldSetting, SettingPlace};
use super::reason::Removal;
use super::script::script;
use super::selectors::addresses;
use super::shell::Caller;
use super::unraid::unraid;
use crate::machine::modprobe_files;
use crate::sys::{OLD_SCRIPTS, Root, SysPath};

/// What was found, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The settings of other tools.
    pub olds: Vec<OldSetting>,
    /// Files that are there and cannot be read, one message each.
    pub unread: Vec<String>,
}

/// Reads what other tools were told below `root`.
pub fn read(root: &Root) -> Import {
    let mut import = Import::default();
    if let Some(text) = import.text(root, SysPath::Cmdline) {
        import.olds.extend(cmdline(text.as_bytes()));
    }
    import.modprobe(root);
    for name in import.names(root, SysPath::DriverctlDir) {
        if let Some(text) = import.text(root, SysPath::DriverctlFile(&name)) {
            let place = shown(root, SysPath::DriverctlDir);
            import.olds.push(driverctl(&place, &name, &text));
        }
    }
    if let Some(text) = import.text(root, SysPath::UnraidConfig) {
        let place = shown(root, SysPath::UnraidConfig);
        import.olds.extend(unraid(&place, &text));
    }
    if let Some(text) = import.text(root, SysPath::TrueNasList) {
        let place = shown(root, SysPath::TrueNasList);
        let what = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let old = OldSetting::new(&place, &what, Removal::TrueNas, addresses(&text));
        import.olds.push(old);
    }
    import
}

impl Import {
    /// Whether everything was read and is carried over.
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && self.olds.iter().all(OldSetting::is_complete)
    }

    /// The lines of modprobe.d and the scripts that they run, or that stand where guides put them.
    fn modprobe(&mut self, root: &Root) {
        let mut scripts: Vec<String> = OLD_SCRIPTS.map(|path| format!("/{path}")).to_vec();
        let files = modprobe_files(root, &mut |error| self.unread.push(error.to_string()));
        for file in files {
            let place = file.place();
            if let Some(text) = self.text(root, place) {
                let (olds, run) = modprobe(&shown(root, place), &text);
                self.olds.extend(olds);
                scripts.extend(run);
            }
        }
        scripts.sort_unstable();
        scripts.dedup();
        for path in scripts {
            let place = SysPath::OldScript(&path);
            if let Some(text) = self.text(root, place) {
                let load = |path: &str| text_of(root, path);
                let place = shown(root, place);
                let old = script(&place, &text, Caller::Program, Removal::Script, &load);
                self.olds.extend(old);
            }
        }
    }

    /// The names in a directory; none where it is not there, or cannot be read, which is put down.
    fn names(&mut self, root: &Root, place: SysPath<'_>) -> Vec<String> {
        root.list(place).unwrap_or_else(|error| {
            self.unread.push(error.to_string());
            Vec::new()
        })
    }

    /// A file as text; `None` where it is not there, or cannot be read, which is put down.
    fn text(&mut self, root: &Root, place: SysPath<'_>) -> Option<String> {
        match root.read(place) {
            Ok(text) => Some(String::from_utf8_lossy(&text?).into_owned()),
            Err(error) => {
                self.unread.push(error.to_string());
                None
            }
        }
    }
}

/// A place as its owner knows it: without the root.
fn shown(root: &Root, place: SysPath<'_>) -> SettingPlace {
    let path = root.path(place);
    let below = path.strip_prefix(root.path(SysPath::Top)).unwrap_or(&path);
    SettingPlace::File(format!("/{}", below.display()))
}

/// A file that a script takes in, as text.
fn text_of(root: &Root, path: &str) -> Option<String> {
    let text = root.read(SysPath::Named(path)).ok()??;
    Some(String::from_utf8_lossy(&text).into_owned())
}
