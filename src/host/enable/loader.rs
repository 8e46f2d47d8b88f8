//! How a word gets onto the kernel command line of the next boots: which boot loader, and its distribution's own way.
//!
//! Invariant: nothing that exists is overwritten. A file of ours is added to others, a word to a line, or the way is only
//! shown.
//! Source: the manuals of grub-mkconfig, grubby(8), rpm-ostree(1), kernelstub, kernel-install(8), proxmox-boot-tool,
//! mkinitcpio(8), dracut.conf(5).

use super::facts::Facts;
use super::file_step::{CONFIGURATION, FileStep};
use super::invocation::Invocation;
use super::program_step::ProgramStep;
use crate::sys::boot_setup::{
    CMDLINE_DIR, CMDLINE_FILE, DRACUT_FILE, GRUB_CONFIGS, GRUB_DEFAULTS, GRUB_FILE, KERNEL_CMDLINE,
    KERNELSTUB_CONF, NIXOS, OSTREE_BOOTED, PROXMOX_PARTITIONS,
};

/// Who has the kernel command line of the next boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loader {
    /// The configuration of NixOS.
    NixOs,
    /// The deployments of rpm-ostree.
    RpmOstree,
    /// kernelstub, of Pop!_OS.
    Kernelstub,
    /// systemd-boot, with the entries of proxmox-boot-tool.
    Proxmox,
    /// GRUB with files of settings beside `/etc/default/grub`.
    GrubFiles,
    /// GRUB with entries that grubby writes.
    Grubby,
    /// GRUB with `/etc/default/grub` alone.
    Grub,
    /// Unified kernel images of mkinitcpio.
    MkinitcpioUnified,
    /// Unified kernel images of dracut.
    DracutUnified,
    /// Entries or unified kernel images of kernel-install.
    KernelInstall,
    /// Entries of the Boot Loader Specification that somebody wrote.
    Entries,
    /// None that is known.
    Unknown,
}

impl Loader {
    /// Finds out who has the command line.
    pub fn of(facts: &Facts) -> Self {
        let systemd_boot = facts.loader.starts_with("systemd-boot");
        let no_grub = facts.loader.is_empty() && !facts.has_file(GRUB_DEFAULTS);
        if facts.has_file(NIXOS) {
            Self::NixOs
        } else if facts.has_file(OSTREE_BOOTED) && facts.has("rpm-ostree") {
            Self::RpmOstree
        } else if facts.has("kernelstub") && facts.has_file(KERNELSTUB_CONF) {
            Self::Kernelstub
        } else if systemd_boot || no_grub || facts.unified {
            Self::without_grub(facts)
        } else if facts.has("grubby") {
            Self::Grubby
        } else if facts.has("update-grub") && facts.has_file(GRUB_DEFAULTS) {
            Self::GrubFiles
        } else if facts.has_file(GRUB_DEFAULTS) {
            Self::Grub
        } else {
            Self::Unknown
        }
    }

    fn without_grub(facts: &Facts) -> Self {
        if facts.has("proxmox-boot-tool") && facts.has_file(PROXMOX_PARTITIONS) {
            Self::Proxmox
        } else if facts.preset_unified {
            Self::MkinitcpioUnified
        } else if facts.dracut_unified {
            Self::DracutUnified
        } else if facts.has("kernel-install") && facts.has_file(KERNEL_CMDLINE) {
            Self::KernelInstall
        } else if facts.entries.is_empty() {
            Self::Unknown
        } else {
            Self::Entries
        }
    }

    /// How `word` gets onto the command line of all boots.
    pub fn add(self, facts: &Facts, word: &str) -> Way {
        let pair = |program, add: &[&str], remove: &[&str]| {
            let run = Invocation::new(program, add);
            let undo = Some(Invocation::new(program, remove));
            Way::Programs(vec![ProgramStep { run, undo }])
        };
        let plus = format!("--args={word}");
        let minus = format!("--remove-args={word}");
        match self {
            Self::RpmOstree => pair(
                "rpm-ostree",
                &["kargs", &format!("--append-if-missing={word}")],
                &["kargs", &format!("--delete-if-present={word}")],
            ),
            Self::Kernelstub => pair("kernelstub", &["-a", word], &["-d", word]),
            Self::Grubby => pair(
                "grubby",
                &["--update-kernel=ALL", &plus],
                &["--update-kernel=ALL", &minus],
            ),
            Self::GrubFiles => Way::File {
                file: own_file(
                    GRUB_FILE,
                    &format!("GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX {word}\""),
                ),
                then: vec![Invocation::new("update-grub", &[])],
            },
            Self::MkinitcpioUnified if facts.has_file(CMDLINE_DIR) => Way::File {
                file: own_file(CMDLINE_FILE, word),
                then: Vec::new(),
            },
            Self::DracutUnified => Way::File {
                file: own_file(DRACUT_FILE, &format!("kernel_cmdline+=\" {word} \"")),
                then: Vec::new(),
            },
            Self::Proxmox => with_cmdline(
                facts,
                word,
                vec![Invocation::new("proxmox-boot-tool", &["refresh"])],
            ),
            Self::KernelInstall => {
                let kernels = facts.kernels.iter().filter_map(|kernel| {
                    let arguments = ["add", &kernel.release, kernel.file.as_deref()?];
                    Some(Invocation::new("kernel-install", &arguments))
                });
                with_cmdline(facts, word, kernels.collect())
            }
            Self::MkinitcpioUnified => with_cmdline(facts, word, Vec::new()),
            Self::NixOs => Way::ByHand(vec![format!("boot.kernelParams = [ \"{word}\" ];")]),
            Self::Grub => Way::ByHand(grub(facts, word)),
            Self::Entries => Way::ByHand(entries(facts, word)),
            Self::Unknown => Way::ByHand(vec![format!(
                "# add {word} to the kernel command line of your boot loader"
            )]),
        }
    }
}

/// How a word gets onto the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Programs do it.
    Programs(Vec<ProgramStep>),
    /// A file has it, which these programs read, or the generator of images.
    File {
        /// The file.
        file: FileStep,
        /// The programs.
        then: Vec<Invocation>,
    },
    /// Only the machine's owner can do it: lines to type, or to write.
    ByHand(Vec<String>),
}

impl Way {
    /// What to type, where it is done by hand.
    pub fn commands(&self) -> Vec<String> {
        match self {
            Self::Programs(steps) => steps.iter().map(|step| step.run.to_string()).collect(),
            Self::ByHand(lines) => lines.clone(),
            Self::File { file, then } => {
                let text =
                    String::from_utf8_lossy(file.after.as_deref().unwrap_or_default()).into_owned();
                // The command replaces the file: it has all lines but the comments.
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                let lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
                let write = Invocation {
                    program: "echo",
                    arguments: vec![lines.join(" ")],
                };
                let write = format!("{write} > {}", file.path);
                let then = then.iter().map(ToString::to_string);
                [write].into_iter().chain(then).collect()
            }
        }
    }
}

/// A file of ours, which was not there.
fn own_file(path: &'static str, line: &str) -> FileStep {
    let text = format!(
        "# Written by vfio-early enable --iommu; vfio-early disable --all removes it.\n{line}\n"
    );
    // mkinitcpio takes every line of such a file.
    let text = if path == CMDLINE_FILE {
        format!("{line}\n")
    } else {
        text
    };
    FileStep {
        path: path.into(),
        mode: CONFIGURATION,
        before: None,
        after: Some(text.into_bytes()),
    }
}

/// The command line for new kernels with one more word at its end.
fn with_cmdline(facts: &Facts, word: &str, then: Vec<Invocation>) -> Way {
    let Some(before) = &facts.kernel_cmdline else {
        return Way::ByHand(vec![format!(
            "# write the whole kernel command line with {word} to {KERNEL_CMDLINE}, as one line"
        )]);
    };
    let text = String::from_utf8_lossy(before);
    let known = text.split_whitespace().any(|known| known == word);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // A comment can only be above the words.
    let mut words = lines.iter_mut().rev();
    match words.find(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        Some(_) if known => {}
        Some(line) => *line = format!("{} {word}", line.trim_end()),
        None => lines.push(word.to_owned()),
    }
    let file = FileStep {
        path: KERNEL_CMDLINE.into(),
        mode: CONFIGURATION,
        before: Some(before.clone()),
        after: Some((lines.join("\n") + "\n").into_bytes()),
    };
    Way::File { file, then }
}

fn grub(facts: &Facts, word: &str) -> Vec<String> {
    let program = ["grub2-mkconfig", "grub-mkconfig"];
    let mut program = program.into_iter().filter(|program| facts.has(program));
    let mut config = GRUB_CONFIGS.into_iter().filter(|path| facts.has_file(path));
    let (program, config) = (
        program.next().unwrap_or("grub-mkconfig"),
        config.next().unwrap_or(GRUB_CONFIGS[0]),
    );
    vec![
        format!("# add {word} to GRUB_CMDLINE_LINUX in {GRUB_DEFAULTS}"),
        format!("{program} -o {config}"),
    ]
}

fn entries(facts: &Facts, word: &str) -> Vec<String> {
    let dirs = facts.entries.iter();
    dirs.map(|dir| {
        format!("# add {word} to the line \"options\" of your entries in {dir}/loader/entries")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_that_replaces_a_file_loses_no_word_of_it() {
        let file = FileStep {
            path: KERNEL_CMDLINE.into(),
            mode: CONFIGURATION,
            before: None,
            after: Some(b"# mine\nroot=LABEL=a ro\n\nquiet intel_iommu=on\n".to_vec()),
        };
        let way = Way::File {
            file,
            then: Vec::new(),
        };
        let wanted = format!("echo 'root=LABEL=a ro quiet intel_iommu=on' > {KERNEL_CMDLINE}");
        assert_eq!(way.commands(), [wanted]);
    }
}
