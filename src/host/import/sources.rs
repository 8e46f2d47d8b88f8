//! Where other tools keep their settings.
//!
//! Source: the heads of the other files of this room.

use super::Old;
use super::cmdline::cmdline;
use super::driverctl::driverctl;
use super::modprobe::modprobe;
use super::script::{script, slots};
use super::unraid::unraid;
use crate::sys::{MODPROBE_DIRS, OLD_SCRIPTS, Root, SysPath};

/// What was found, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The settings of other tools.
    pub olds: Vec<Old>,
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
        import
            .olds
            .extend(unraid(&shown(root, SysPath::UnraidConfig), &text));
    }
    if let Some(text) = import.text(root, SysPath::TrueNasList) {
        let place = shown(root, SysPath::TrueNasList);
        let given = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let then = "take the devices out of the isolated GPUs in TrueNAS' settings";
        import
            .olds
            .push(Old::new(&place, &given, then, slots(&text)));
    }
    import
}

impl Import {
    /// The lines of modprobe.d and the scripts that they run, or that stand where guides put them.
    fn modprobe(&mut self, root: &Root) {
        let mut scripts: Vec<String> = OLD_SCRIPTS.map(|path| format!("/{path}")).to_vec();
        let mut seen: Vec<String> = Vec::new();
        for index in 0..MODPROBE_DIRS.len() {
            for name in self.names(root, SysPath::ModprobeDir(index)) {
                let place = SysPath::ModprobeFile(index, &name);
                // A file hides those of the same name in the directories behind it.
                if !name.ends_with(".conf") || seen.contains(&name) {
                    continue;
                }
                seen.push(name.clone());
                if let Some(text) = self.text(root, place) {
                    let (olds, run) = modprobe(&shown(root, place), &text);
                    self.olds.extend(olds);
                    scripts.extend(run);
                }
            }
        }
        scripts.sort_unstable();
        scripts.dedup();
        for path in scripts {
            let place = SysPath::OldScript(&path);
            if let Some(text) = self.text(root, place) {
                self.olds.extend(script(&shown(root, place), &text));
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
fn shown(root: &Root, place: SysPath<'_>) -> String {
    let path = root.path(place);
    let below = path.strip_prefix(root.path(SysPath::Top)).unwrap_or(&path);
    format!("/{}", below.display())
}
