//! Whether an image of the running kernel claims: our program in it, what starts it, the driver, and the settings as
//! they are now.
//!
//! Source: what the hooks put into an image.

use std::fmt::Arguments;
use std::io::ErrorKind;

use super::Mark::{Missing, Ok, Unknown, Warn};
use super::contents::{Contents, Generator};
use super::installed_image::InstalledImage;
use super::setup::HostSetup;
use super::{Findings, Mark};
use crate::config::relevant_parameters;
use crate::host::snapshot::HostSnapshot;
use crate::machine::{ProtectList, Protected};

const TOPIC: &str = "image";

pub(super) fn look(snapshot: &HostSnapshot<'_>, setup: &HostSetup, list: &mut Findings) {
    if setup.images.is_empty() {
        let fact = if setup.is_universal() {
            "rdinit=/vfio-early is on the command line, and there is no /boot/vfio-early.img"
        } else {
            "no image of this kernel in /boot, /boot/efi and /efi, where generators put them"
        };
        let fix = "mount /boot, or look with the generator's own lister whether vfio-early is in the image";
        list.put_fix(
            Unknown,
            TOPIC,
            format_args!("{fact}"),
            format_args!("{fix}"),
        );
    }
    let one_claims = setup
        .images
        .iter()
        .any(|image| image.lacks(setup).is_none());
    for image in &setup.images {
        image.look(snapshot, setup, one_claims, list);
    }
}

impl InstalledImage {
    fn look(
        &self,
        snapshot: &HostSnapshot<'_>,
        setup: &HostSetup,
        one_claims: bool,
        list: &mut Findings,
    ) {
        let path = &self.path;
        match (self.lacks(setup), &self.contents.unread) {
            (Some(_), Some(why)) if self.contents.damaged => {
                let other = one_claims && self.is_for(&setup.release) != Some(true);
                let mark = if other { Warn } else { Missing };
                let remedy = self.remedy(setup);
                list.put_fix(
                    mark,
                    TOPIC,
                    format_args!("{path} is cut off or damaged: {why}"),
                    format_args!("{remedy}"),
                );
            }
            (Some(_), Some(why)) => {
                let fact = format_args!("{path} cannot be read: {why}");
                list.put_fix(
                    Unknown,
                    TOPIC,
                    fact,
                    format_args!("{}", way(self.contents.error)),
                );
            }
            (Some(lack), None) => {
                let mark = if one_claims { Warn } else { Missing };
                let remedy = self.remedy(setup);
                list.put_fix(
                    mark,
                    TOPIC,
                    format_args!("{path} {lack}"),
                    format_args!("{remedy}"),
                );
            }
            (None, _) => {
                let before = list.0.len();
                self.faults(snapshot, setup, list);
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
    fn lacks(&self, setup: &HostSetup) -> Option<&'static str> {
        let contents = &self.contents;
        let universal = contents.generator() == Some(Generator::Universal);
        if !contents.has_program() {
            Some("has no vfio-early in it")
        } else if !universal && !contents.starts_it() {
            Some("has vfio-early in it, and nothing that starts it")
        } else if universal && !setup.is_universal() {
            Some("is a universal image, and rdinit=/vfio-early is not on the kernel command line")
        } else {
            None
        }
    }

    /// What is not as it should be in an image that claims.
    fn faults(&self, snapshot: &HostSnapshot<'_>, setup: &HostSetup, list: &mut Findings) {
        let contents = &self.contents;
        let mut faults = Faults {
            path: &self.path,
            remedy: self.remedy(setup),
            unread: contents.unread.is_some(),
            list,
        };
        faults.unread(contents);
        let release = self.release(setup);
        let drivers = snapshot
            .planned()
            .drivers()
            .into_iter()
            .map(|driver| driver.module());
        let files = drivers.filter(|module| snapshot.machine.modules.file(module).is_some());
        let loads = snapshot
            .planned()
            .plan
            .iommu
            .loads
            .iter()
            .map(|load| load.module.clone());
        for module in files.chain(loads) {
            if !contents.has_module(release, &module) {
                let text = format_args!("has no module {module} for kernel {release}");
                faults.put(Missing, text);
            }
        }
        faults.config(contents, setup);
        let own = env!("CARGO_PKG_VERSION");
        if let Some(version) = contents.version().filter(|version| version != own) {
            faults.put(
                Warn,
                format_args!("has vfio-early {version}, and this is {own}"),
            );
        }
        faults.protect(contents, &snapshot.planned().machine.protect);
        let inside = contents
            .cmdline
            .as_ref()
            .map(|text| relevant_parameters(text));
        if let Some(words) = inside.filter(|words| *words != relevant_parameters(&setup.cmdline)) {
            let words = words.join(" ");
            let text = format_args!("has a command line of its own, with \"{words}\" about this");
            faults.put(Warn, text);
        }
    }

    /// The kernel that it is for: the running one, where that can be.
    fn release<'a>(&'a self, setup: &'a HostSetup) -> &'a str {
        let other = self.contents.some_release();
        match (self.is_for(&setup.release), other) {
            (Some(false), Some(other)) => other,
            _ => &setup.release,
        }
    }

    /// How to rebuild it.
    fn remedy(&self, setup: &HostSetup) -> String {
        let Some(generator) = self.contents.generator() else {
            return "rebuild it with its generator".to_owned();
        };
        let mut text = String::new();
        if generator.hook().is_some() && !setup.hooked.contains(&generator) {
            text += "install our hook for its generator (the package has it, or make install); ";
        }
        if generator == Generator::Mkinitcpio && !self.contents.has_program() {
            text += "add vfio-early to HOOKS in /etc/mkinitcpio.conf; ";
        }
        if self.contents.cmdline.is_some() {
            text += "rebuild the unified kernel image";
        } else {
            text += &generator.command(&self.path, self.release(setup));
        }
        if self.path.contains("/proxmox/") {
            text += ", then proxmox-boot-tool refresh";
        }
        text
    }
}

/// What is not as it should be in one image.
struct Faults<'a> {
    path: &'a str,
    remedy: String,
    /// Whether what is not seen may be behind what cannot be read.
    unread: bool,
    list: &'a mut Findings,
}

impl Faults<'_> {
    fn put(&mut self, mark: Mark, text: Arguments<'_>) {
        let mark = match mark {
            Missing if self.unread => Unknown,
            mark => mark,
        };
        let (path, remedy) = (self.path, &self.remedy);
        let fact = format_args!("{path} {text}");
        self.list
            .put_fix(mark, TOPIC, fact, format_args!("{remedy}"));
    }

    /// What cannot be read of it. Where that is damaged, the kernel cannot read it either.
    fn unread(&mut self, contents: &Contents) {
        let Some(why) = &contents.unread else {
            return;
        };
        if contents.damaged {
            let (path, remedy) = (self.path, &self.remedy);
            let fact = format_args!("{path} is cut off or damaged: {why}");
            let remedy = format_args!("{remedy}");
            self.list.put_fix(Missing, TOPIC, fact, remedy);
        } else {
            self.put(Unknown, format_args!("cannot be read to its end: {why}"));
        }
    }

    /// The configuration, where it is another than here.
    fn config(&mut self, contents: &Contents, setup: &HostSetup) {
        for (name, text) in &setup.config {
            match contents.file(name) {
                None => {
                    let text = format_args!("lacks /{name}: it is older than that file");
                    self.put(Missing, text);
                }
                // Where a link leads is not looked at.
                Some(file) if !file.link && file.bytes != *text => {
                    let text =
                        format_args!("has another /{name} than this host: it was changed since");
                    self.put(Missing, text);
                }
                Some(_) => {}
            }
        }
        for name in contents.config() {
            if !setup.config.iter().any(|(own, _)| own == name) {
                let text = format_args!("has a /{name}, which this host has no longer");
                self.put(Missing, text);
            }
        }
    }

    /// What the machine needs now, and the image would claim all the same.
    fn protect(&mut self, contents: &Contents, needed: &ProtectList) {
        let listed = contents.protect();
        for device in &needed.devices {
            let same = |other: &Protected| {
                device.path == other.path && device.id == other.id && device.serial == other.serial
            };
            if !listed.devices.iter().any(same) {
                let (path, id, uses) = (&device.path, device.id, device.reasons.join(", "));
                let text = format_args!(
                    "does not protect {path} ({id}), which this machine needs now for {uses}"
                );
                self.put(Warn, text);
            }
        }
    }
}

/// What to do about an image that cannot be read.
fn way(error: Option<ErrorKind>) -> &'static str {
    match error {
        Some(ErrorKind::NotFound) => "install that program",
        Some(ErrorKind::PermissionDenied) => "run this as root",
        _ => "rebuild it",
    }
}
