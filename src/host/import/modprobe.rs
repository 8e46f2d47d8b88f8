//! modprobe.d: lists of ids, aliases, soft dependencies, `install` lines, and what kmod ignores in it.

use super::alias::alias_selector;
use super::files::Files;
use super::old_setting::{Fate, OldSetting, SettingPlace};
use super::reason::{Note, Removal, Why};
use super::script::{fates, is_about_devices, scripts};
use super::selectors::{is_ours, kernel_ids, selector};
use super::shell::{named, understand_action};
use super::xen::hidden_devices;
use crate::config::{Directive, SoftDependency, glob_matches, modprobe_lines};
use crate::machine::modprobe_files;
use crate::pci::DriverName;
use crate::sys::other_tools::PACKAGED;
use crate::sys::{MODPROBE_DIRS, SysPath};

/// The lines of all files that are about devices, and of files in these directories that kmod does not read.
pub(super) fn find(files: &Files<'_>, olds: &mut Vec<OldSetting>) {
    let read = modprobe_files(files.root(), &mut |error| files.put_down(error));
    for file in &read {
        let place = file.place();
        if let Some(text) = files.read(place) {
            olds.extend(modprobe(&shown(place), &text, files));
        }
    }
    for dir in 0..MODPROBE_DIRS.len() {
        let names = files.root().list(SysPath::ModprobeDir(dir));
        for name in names.unwrap_or_default() {
            let place = SysPath::ModprobeFile(dir, &name);
            let is_read = name.ends_with(".conf") && !name.starts_with('.');
            let packaged = PACKAGED.iter().any(|part| name.contains(part));
            if !is_read && !packaged {
                if let Some(text) = files.read(place) {
                    olds.extend(ignored(&shown(place), &text));
                }
            }
        }
    }
    repeated(olds);
}

fn shown(place: SysPath<'_>) -> SettingPlace {
    SettingPlace::File(place.on_system())
}

/// The lines of the file `place` that are about devices.
pub fn modprobe(place: &SettingPlace, text: &str, files: &Files<'_>) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    for line in modprobe_lines(text.as_bytes()) {
        let found = match &line.directive {
            None => refused(&line.text, Why::IgnoredLine),
            Some(Directive::Install { module, command }) => {
                let (scripts, found) = action(module, command, files);
                if let Some((removal, fates)) = found {
                    olds.push(OldSetting::new(place, &line.text, removal, fates));
                }
                olds.extend(scripts);
                continue;
            }
            Some(directive) => read(directive, &line.text),
        };
        if let Some((removal, fates)) = found {
            let old = OldSetting::new(place, &line.text, removal, fates);
            olds.push(old.list_of(line.directive.as_ref().and_then(list_of)));
        }
    }
    olds
}

type Found = Option<(Removal, Vec<Fate>)>;

fn read(directive: &Directive, line: &str) -> Found {
    match directive {
        Directive::Options { module, .. } => options(directive, module, line),
        Directive::Alias { pattern, module } if is_driver(module) => {
            let is_device = pattern.starts_with("pci:") || pattern.starts_with("vfio_pci:");
            let fate = match alias_selector(pattern.trim_start_matches("vfio_")) {
                Some(text) => selector(&text),
                None => Fate::lost(Why::Alias(pattern.clone())),
            };
            is_device.then(|| (Removal::Line, vec![fate, Fate::Note(Note::AliasLoads)]))
        }
        Directive::Softdep(softdep) => soft_dependency(softdep),
        Directive::Alias { .. }
        | Directive::Blacklist(_)
        | Directive::Install { .. }
        | Directive::Remove { .. } => None,
    }
}

fn is_driver(module: &str) -> bool {
    let name = DriverName::from_setting(module);
    module == "pci_stub" || name.is_ok_and(|name| name.is_vfio())
}

fn options(directive: &Directive, module: &str, line: &str) -> Found {
    let is_pciback = matches!(module, "xen_pciback" | "pciback");
    let (mut fates, mut others) = (Vec::new(), Vec::new());
    for option in directive.options() {
        match (&option.value, module) {
            (Some(list), "vfio_pci" | "pci_stub") if option.is_ids() => {
                fates.extend(kernel_ids(list, module == "pci_stub"));
            }
            (Some(list), _) if is_pciback && option.name == "hide" => {
                fates.extend(hidden_devices(list));
            }
            _ => others.push(option.text),
        }
    }
    let is_about = is_driver(module) || is_pciback || is_ours(module);
    let stray: Vec<String> = others.iter().flat_map(|text| named(text)).collect();
    if is_about && !stray.is_empty() {
        let why = Why::IgnoredWord(module.to_owned());
        fates.push(Fate::NotCarried { why, named: stray });
    } else if is_about && fates.is_empty() {
        // `ids = 10de: 1b81`: no word of it is a list.
        let is_list = others
            .iter()
            .any(|text| text.starts_with("ids") || text == "=");
        return is_list
            .then(|| refused(line, Why::IgnoredWord(module.to_owned())))
            .flatten();
    }
    let carries = fates.iter().any(|fate| matches!(fate, Fate::Carried(_)));
    let removal = if others.is_empty() || !carries {
        Removal::Line
    } else if is_pciback {
        Removal::Hide
    } else {
        Removal::Ids
    };
    (!fates.is_empty()).then_some((removal, fates))
}

/// What kmod does not heed, where it names devices.
fn refused(line: &str, why: Why) -> Found {
    let named = named(line);
    let is_about = is_about_devices(line) && !named.is_empty();
    is_about.then(|| (Removal::Line, vec![Fate::NotCarried { why, named }]))
}

/// The lines of a file that kmod does not read.
fn ignored(place: &SettingPlace, text: &str) -> Vec<OldSetting> {
    let mut olds = Vec::new();
    for line in modprobe_lines(text.as_bytes()) {
        if let Some((_, fates)) = refused(&line.text, Why::IgnoredFile) {
            olds.push(OldSetting::new(place, &line.text, Removal::File, fates));
        }
    }
    olds
}

fn soft_dependency(softdep: &SoftDependency) -> Found {
    if ["vfio_pci", "pci_stub"]
        .iter()
        .any(|name| glob_matches(&softdep.module, name))
    {
        let notes = vec![Fate::Note(Note::SoftDependency)];
        return (!softdep.before.is_empty()).then_some((Removal::Leave, notes));
    }
    if is_ours(&softdep.module) || !softdep.before.iter().any(|name| is_ours(name)) {
        return None;
    }
    let mut rest = softdep.clone();
    rest.before.retain(|name| !is_ours(name));
    let removal = if rest.before.is_empty() && rest.after.is_empty() {
        Removal::Line
    } else {
        Removal::Words(format!("softdep {rest}"))
    };
    Some((removal, vec![Fate::Note(Note::OrderNotNeeded)]))
}

/// An `install` line: the scripts that it runs, each by itself, and what it does besides.
fn action(module: &str, command: &str, files: &Files<'_>) -> (Vec<OldSetting>, Found) {
    let is_ours = ["vfio_pci", "pci_stub"]
        .iter()
        .any(|name| glob_matches(module, name));
    if !is_ours && !is_about_devices(command) {
        return (Vec::new(), None);
    }
    let scripts = scripts(command, files);
    let known = |fate: &Fate| scripts.iter().any(|old| old.fates.contains(fate));
    let fates = match understand_action(command, is_ours, &|path| files.load(path)) {
        Ok(understood) => {
            let mut fates = fates(&understood, files);
            fates.retain(|fate| !known(fate));
            if fates.is_empty() {
                fates.push(Fate::Note(if scripts.is_empty() {
                    let loads = Note::OnlyLoads;
                    if is_ours { loads } else { Note::OrderNotNeeded }
                } else {
                    Note::RunsScript
                }));
            }
            fates
        }
        Err(_) if scripts.iter().any(|old| !old.is_complete()) => {
            vec![Fate::Note(Note::RunsScript)]
        }
        Err(obstacle) => vec![Fate::NotCarried {
            why: Why::Script(obstacle),
            named: named(command),
        }],
    };
    (scripts, Some((Removal::Line, fates)))
}

/// Of several lists for one module the kernel takes the last. The command line comes after modprobe.d.
fn repeated(olds: &mut [OldSetting]) {
    for driver in ["vfio-pci", "pci-stub"] {
        let mut lists: Vec<&mut OldSetting> = olds
            .iter_mut()
            .filter(|old| old.list_of == Some(driver))
            .collect();
        lists.sort_by_key(|old| old.place == SettingPlace::CommandLine);
        lists.pop();
        for old in lists {
            old.fates.push(Fate::Note(Note::NotTheLast));
        }
    }
}

/// The driver whose list of ids a line has.
fn list_of(directive: &Directive) -> Option<&'static str> {
    let Directive::Options { module, .. } = directive else {
        return None;
    };
    let mut options = directive.options().into_iter();
    let has_list = options.any(|option| option.is_ids() && option.value.is_some());
    match module.as_str() {
        "vfio_pci" if has_list => Some("vfio-pci"),
        "pci_stub" if has_list => Some("pci-stub"),
        _ => None,
    }
}
