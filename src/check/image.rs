//! Whether an image of the running kernel claims: our program in it, what starts it, the driver, and the settings as they
//! are now.
//!
//! *Pure.* Source of truth: what the hooks put into an image.
//! To add one: a line in [`Image::faults`].

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::contents::{Contents, Generator};
use super::{Finding, Here, Known, Mark};
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

pub(super) fn findings(known: &Known<'_>, here: &Here) -> Vec<Finding> {
    if here.images.is_empty() {
        let fact = match here.is_universal() {
            true => {
                "rdinit=/vfio-early is on the command line, and the universal image is not in /boot/vfio-early.img"
            }
            false => "no image of this kernel where generators put them, /boot, /boot/efi and /efi",
        };
        let fix = "mount /boot, or see with the generator's own lister whether vfio-early is in the image";
        return vec![Finding::new(Unknown, TOPIC, fact).fix(fix)];
    }
    let claims = |image: &Image| image.lacks(here).is_none();
    let one_claims = here.images.iter().any(claims);
    let each = here.images.iter();
    each.flat_map(|image| image.findings(known, here, one_claims))
        .collect()
}

impl Image {
    /// Whether it is for the kernel `release`, where that can be told.
    pub(super) fn is_for(&self, release: &str) -> Option<bool> {
        let releases = match &self.contents.release {
            Some(release) => vec![release.as_str()],
            None => self.contents.releases(),
        };
        match releases.is_empty() {
            true => self.path.contains(release).then_some(true),
            false => Some(releases.contains(&release)),
        }
    }

    fn findings(&self, known: &Known<'_>, here: &Here, one_claims: bool) -> Vec<Finding> {
        let path = &self.path;
        let unread = self.contents.unread.as_ref();
        if let Some(lack) = self.lacks(here) {
            if let Some(why) = unread {
                let fact = format!("{path} cannot be read: {why}");
                return vec![Finding::new(Unknown, TOPIC, fact).fix(way(why))];
            }
            let mark = if one_claims { Warn } else { Missing };
            let finding = Finding::new(mark, TOPIC, format!("{path} {lack}"));
            return vec![finding.fix(self.remedy(here))];
        }
        let faults = self.faults(known, here);
        if faults.is_empty() {
            let version = self.contents.version();
            let version = version.map_or_else(String::new, |version| format!(" {version}"));
            let fact = format!(
                "{path} has vfio-early{version}, what starts it, its modules and the settings of now"
            );
            return vec![Finding::new(Ok, TOPIC, fact)];
        }
        let fault = |(mark, text)| {
            Finding::new(mark, TOPIC, format!("{path} {text}")).fix(self.remedy(here))
        };
        faults.into_iter().map(fault).collect()
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
    fn faults(&self, known: &Known<'_>, here: &Here) -> Vec<(Mark, String)> {
        let mut faults = Vec::new();
        let release = self.release(here);
        for driver in known.drivers() {
            let module = driver.module();
            let needed = known.machine.modules.file(&module).is_some();
            if needed && !self.contents.has_module(&release, &module) {
                let text = format!("has no module {module} for kernel {release}");
                faults.push((Missing, text));
            }
        }
        faults.extend(self.stale(here).map(|text| (Missing, text)));
        let own = env!("CARGO_PKG_VERSION");
        if let Some(version) = self.contents.version().filter(|version| version != own) {
            faults.push((Warn, format!("has vfio-early {version}, and this is {own}")));
        }
        faults.extend(self.unprotected(here).map(|text| (Warn, text)));
        if let Some(cmdline) = &self.contents.cmdline {
            let (inside, now) = (own_words(cmdline), own_words(&here.cmdline));
            if inside != now {
                let inside = inside.join(" ");
                faults.push((
                    Warn,
                    format!("has a command line of its own, which says \"{inside}\" of this"),
                ));
            }
        }
        if let Some(why) = &self.contents.unread {
            // What is not seen may be behind that.
            faults.iter_mut().for_each(|(mark, _)| *mark = Unknown);
            faults.push((Unknown, format!("cannot be read to its end: {why}")));
        }
        faults
    }

    /// What of the configuration is another than here.
    fn stale(&self, here: &Here) -> Option<String> {
        let inside = self.contents.config();
        for (name, text) in &here.config {
            match self.contents.config_file(name) {
                None => return Some(format!("lacks /{name}: it is older than that file")),
                Some(file) if !file.link && file.bytes != *text => {
                    return Some(format!(
                        "has another /{name} than this host: it was changed since"
                    ));
                }
                Some(_) => {}
            }
        }
        let here = |name: &str| here.config.iter().any(|(known, _)| name.ends_with(known));
        let more = inside.iter().find(|file| !here(&file.name))?;
        Some(format!(
            "has a /{}, which this host has no longer",
            more.name
        ))
    }

    /// What the machine needs and the image would claim all the same.
    fn unprotected(&self, here: &Here) -> Option<String> {
        let needed = here.protect.as_ref()?;
        let known = self.contents.protect().unwrap_or_default();
        let same = |one: &Protected, other: &Protected| {
            one.path == other.path && one.id == other.id && one.serial == other.serial
        };
        let mut needed = needed.devices.iter();
        let device = needed.find(|one| !known.devices.iter().any(|other| same(one, other)))?;
        let reasons = device.reasons.join(", ");
        let (path, id) = (&device.path, device.id);
        Some(format!(
            "does not protect {path} ({id}), which this machine needs now for {reasons}"
        ))
    }

    /// The kernel that it is for.
    fn release(&self, here: &Here) -> String {
        match (self.is_for(&here.release), self.contents.releases().last()) {
            (Some(false), Some(other)) => (*other).to_owned(),
            _ => here.release.clone(),
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
            text += &generator.command(&self.path, &self.release(here));
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
