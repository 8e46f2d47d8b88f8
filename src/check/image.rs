//! Whether an image of the running kernel claims: our program in it, what starts it, the driver, and the settings as they
//! are now.
//!
//! *Pure.* Source of truth: what the hooks put into an image.
//! To add one: a line in [`Image::faults`].

use std::fmt::Arguments;

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::contents::{Contents, Generator};
use super::{Findings, Here, Known, Mark};
use crate::ask::own_words;
use crate::protect::Protected;

/// An image, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its path.
    pub path: String,
    /// What is in it.
    pub contents: Contents,
}

const TOPIC: &str = "image";

pub(super) fn look(known: &Known<'_>, here: &Here, list: &mut Findings) {
    if here.images.is_empty() {
        let fact = match here.is_universal() {
            true => {
                "rdinit=/vfio-early is on the command line, and there is no /boot/vfio-early.img"
            }
            false => {
                "no image of this kernel in /boot, /boot/efi and /efi, where generators put them"
            }
        };
        let fix = "mount /boot, or look with the generator's own lister whether vfio-early is in the image";
        list.put_fix(
            Unknown,
            TOPIC,
            format_args!("{fact}"),
            format_args!("{fix}"),
        );
    }
    let one_claims = here.images.iter().any(|image| image.lacks(here).is_none());
    for image in &here.images {
        image.look(known, here, one_claims, list);
    }
}

impl Image {
    /// Whether it is for the kernel `release`, where that can be told.
    pub(super) fn is_for(&self, release: &str) -> Option<bool> {
        let contents = &self.contents;
        match (&contents.release, contents.some_release()) {
            (Some(told), _) => Some(told == release),
            (None, Some(_)) => Some(contents.has_release(release)),
            (None, None) => self.path.contains(release).then_some(true),
        }
    }

    fn look(&self, known: &Known<'_>, here: &Here, one_claims: bool, list: &mut Findings) {
        let path = &self.path;
        match (self.lacks(here), &self.contents.unread) {
            (Some(_), Some(why)) => {
                let fact = format_args!("{path} cannot be read: {why}");
                list.put_fix(Unknown, TOPIC, fact, format_args!("{}", way(why)));
            }
            (Some(lack), None) => {
                let mark = if one_claims { Warn } else { Missing };
                let remedy = self.remedy(here);
                list.put_fix(
                    mark,
                    TOPIC,
                    format_args!("{path} {lack}"),
                    format_args!("{remedy}"),
                );
            }
            (None, _) => {
                let before = list.0.len();
                self.faults(known, here, list);
                if list.0.len() == before {
                    let version = self.contents.version().unwrap_or_default();
                    let fact = format_args!(
                        "{path} has vfio-early {version}, what starts it, its modules and the settings of now"
                    );
                    list.put(Ok, TOPIC, fact);
                }
            }
        }
    }

    /// Why nothing would be claimed by this image at all.
    fn lacks(&self, here: &Here) -> Option<&'static str> {
        let contents = &self.contents;
        let universal = contents.generator() == Some(Generator::Universal);
        if !contents.has_program() {
            Some("has no vfio-early in it")
        } else if !universal && !contents.starts_it() {
            Some("has vfio-early in it, and nothing that starts it")
        } else if universal && !here.is_universal() {
            Some("is a universal image, and rdinit=/vfio-early is not on the kernel command line")
        } else {
            None
        }
    }

    /// What is not as it should be in an image that claims.
    fn faults(&self, known: &Known<'_>, here: &Here, list: &mut Findings) {
        let (path, remedy, contents) = (&self.path, self.remedy(here), &self.contents);
        // What is not seen may be behind what cannot be read.
        let missing = if contents.unread.is_some() {
            Unknown
        } else {
            Missing
        };
        let mut put = |mark: Mark, text: Arguments<'_>| {
            list.put_fix(
                mark,
                TOPIC,
                format_args!("{path} {text}"),
                format_args!("{remedy}"),
            );
        };
        if let Some(why) = &contents.unread {
            put(Unknown, format_args!("cannot be read to its end: {why}"));
        }
        let release = self.release(here);
        for driver in known.drivers() {
            let module = driver.module();
            let needed = known.machine.modules.file(&module).is_some();
            if needed && !contents.has_module(release, &module) {
                put(
                    missing,
                    format_args!("has no module {module} for kernel {release}"),
                );
            }
        }
        for (name, text) in &here.config {
            match contents.file(name) {
                None => put(
                    missing,
                    format_args!("lacks /{name}: it is older than that file"),
                ),
                Some(file) if !file.link && file.bytes != *text => {
                    put(
                        missing,
                        format_args!("has another /{name} than this host: it was changed since"),
                    );
                }
                Some(_) => {}
            }
        }
        for name in contents.config() {
            if !here.config.iter().any(|(known, _)| known == name) {
                put(
                    missing,
                    format_args!("has a /{name}, which this host has no longer"),
                );
            }
        }
        let own = env!("CARGO_PKG_VERSION");
        if let Some(version) = contents.version().filter(|version| version != own) {
            put(
                Warn,
                format_args!("has vfio-early {version}, and this is {own}"),
            );
        }
        let listed = contents.protect();
        for device in &known.plan.machine.protect.devices {
            let same = |other: &Protected| {
                device.path == other.path && device.id == other.id && device.serial == other.serial
            };
            if !listed.devices.iter().any(same) {
                let (path, id, reasons) = (&device.path, device.id, device.reasons.join(", "));
                put(
                    Warn,
                    format_args!(
                        "does not protect {path} ({id}), which this machine needs now for {reasons}"
                    ),
                );
            }
        }
        let Some(cmdline) = &contents.cmdline else {
            return;
        };
        let inside = own_words(cmdline);
        if inside != own_words(&here.cmdline) {
            let inside = inside.join(" ");
            put(
                Warn,
                format_args!("has a command line of its own, which says \"{inside}\" of this"),
            );
        }
    }

    /// The kernel that it is for: the running one, where that can be.
    fn release<'a>(&'a self, here: &'a Here) -> &'a str {
        let other = self.contents.some_release();
        match (self.is_for(&here.release), other) {
            (Some(false), Some(other)) => other,
            _ => &here.release,
        }
    }

    /// How to make it anew.
    fn remedy(&self, here: &Here) -> String {
        let Some(generator) = self.contents.generator() else {
            return "make it anew with its generator".to_owned();
        };
        let mut text = String::new();
        if generator.hook().is_some() && !here.hooked.contains(&generator) {
            text += "install our hook for its generator (the package has it, or make install); ";
        }
        if generator == Generator::Mkinitcpio && !self.contents.has_program() {
            text += "add vfio-early to HOOKS in /etc/mkinitcpio.conf; ";
        }
        if self.contents.cmdline.is_some() {
            text += "make the unified kernel image anew";
        } else {
            text += &generator.command(&self.path, self.release(here));
        }
        if self.path.contains("/proxmox/") {
            text += ", then proxmox-boot-tool refresh";
        }
        text
    }
}

/// What to do about an image that cannot be read.
fn way(why: &str) -> &'static str {
    if why.contains("No such file") {
        "install that program"
    } else if why.contains("Permission denied") {
        "run this as root"
    } else {
        "make it anew"
    }
}
