//! How the host is set up for a claim: images, configuration, hooks, other tools, Secure Boot.
//!
//! Source: efivarfs, `/sys/kernel/security/lockdown`, systemd-stub(7).

use super::contents::Generator;
use super::find::images;
use super::installed_image::InstalledImage;
use crate::config::{config_files, params};
use crate::host::import;
use crate::host::import::OldSetting;
use crate::host::trial::TrialState;
use crate::report::Report;
use crate::sys::{FIRST_PROGRAM, Root, SECURE_BOOT, STUB_INFO, SysPath};

/// How the host is set up, besides its devices.
#[derive(Clone, Debug, Default)]
pub struct HostSetup {
    /// The release of the running kernel.
    pub release: String,
    /// Its command line, or that of its next boot.
    pub cmdline: Vec<u8>,
    /// Whether the modules of the running kernel are there.
    pub has_modules: bool,
    /// The configuration files, named as in an image.
    pub config: Vec<(String, Vec<u8>)>,
    /// The images of the running kernel.
    pub images: Vec<InstalledImage>,
    /// The generators that our hook is installed for.
    pub hooked: Vec<Generator>,
    /// The settings of other tools.
    pub olds: Vec<OldSetting>,
    /// What of all this could not be read, a message each.
    pub unread: Vec<String>,
    /// Whether the firmware starts only what is signed; `None` where it is no UEFI, or does not show it.
    pub secure_boot: Option<bool>,
    /// How the kernel is locked down; `None` where it is not.
    pub lockdown: Option<String>,
    /// How far a trial has come; `None` where no claim is on trial.
    pub trial: Option<TrialState>,
    /// Whether the machine was started from a unified kernel image.
    pub unified: bool,
}

impl HostSetup {
    /// Reads what is below `root` for kernel `release`, started with `cmdline` or as it was.
    pub fn read(root: &Root, release: &str, cmdline: Option<&str>) -> Self {
        let release = release.to_owned();
        let running = || {
            root.read(SysPath::Cmdline)
                .ok()
                .flatten()
                .unwrap_or_default()
        };
        let cmdline = cmdline.map_or_else(running, |text| text.as_bytes().to_vec());
        let (images, mut unread) = images(root, &release, is_universal(&cmdline));
        // What cannot be read is a warning of the plan.
        let (config, _) = config_files(root);
        let import = import::read(root);
        unread.extend(import.unread);
        let mut hooked = Vec::new();
        for generator in [
            Generator::InitramfsTools,
            Generator::Dracut,
            Generator::Mkinitcpio,
        ] {
            let hook = generator.hook();
            if hook.is_some_and(|path| root.exists(SysPath::Named(path))) {
                hooked.push(generator);
            }
        }
        Self {
            has_modules: root.exists(SysPath::Modules(&release, "modules.dep")),
            config: config
                .into_iter()
                .map(|(name, text)| (format!("etc/{name}"), text))
                .collect(),
            images,
            hooked,
            olds: import.olds,
            unread,
            secure_boot: root
                .attribute(SysPath::EfiVariable(SECURE_BOOT))
                .ok()
                .map(|bytes| bytes.get(4) == Some(&1)),
            lockdown: lockdown(root),
            trial: TrialState::read(root, Report::read(root).ok().flatten().as_ref()),
            unified: root.exists(SysPath::EfiVariable(STUB_INFO)),
            release,
            cmdline,
        }
    }

    /// Whether the universal image is the first process of this machine.
    pub fn is_universal(&self) -> bool {
        is_universal(&self.cmdline)
    }
}

/// Whether this command line starts the universal image.
pub(in crate::host) fn is_universal(cmdline: &[u8]) -> bool {
    params(cmdline.trim_ascii_end())
        .any(|param| param.key == b"rdinit" && param.value == Some(FIRST_PROGRAM.as_bytes()))
}

/// `none [integrity] confidentiality`, the one that is in force in brackets.
fn lockdown(root: &Root) -> Option<String> {
    let text = root.attribute(SysPath::Lockdown).ok()?;
    let text = String::from_utf8_lossy(&text);
    let mode = text.split_once('[')?.1.split_once(']')?.0;
    (mode != "none").then(|| mode.to_owned())
}
