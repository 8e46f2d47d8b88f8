//! The settings of modprobe.d for the modules that a claim may load.
//!
//! Source: `conf_files_list()` in kmod's libkmod-config.c for the order of files, and libkmod-module.c for which of
//! several lines counts: every `options` line, but only the first `softdep` and the first `install` line.

use crate::config::{
    Directive, DriverIds, ModuleOption, SoftDependency, glob_matches, modprobe_lines,
};
use crate::sys::{Error, MODPROBE_DIRS, Root, SysPath};

/// A command that kmod runs instead of loading a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstallCommand {
    /// The name of the file.
    pub file: String,
    /// A pattern of module names.
    pub module: String,
    /// The command.
    pub command: String,
}

/// The settings of modprobe.d for the modules that a claim may load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModprobeConfig {
    /// Options, without lists of ids.
    pub options: Vec<ModuleOption>,
    /// Lists of ids of the drivers, the one that the kernel would take last.
    pub ids: Vec<DriverIds>,
    /// Modules that are loaded with others.
    pub softdeps: Vec<SoftDependency>,
    /// Commands, which a claim does not run.
    pub installs: Vec<InstallCommand>,
}

/// A file of modprobe.d.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModprobeFile {
    /// The directory, an index of [`MODPROBE_DIRS`].
    pub dir: usize,
    /// The name in it.
    pub name: String,
}

impl ModprobeFile {
    /// Where it is.
    pub fn place(&self) -> SysPath<'_> {
        SysPath::ModprobeFile(self.dir, &self.name)
    }
}

/// What the drivers of VFIO need.
const CORE: [&str; 5] = [
    "vfio",
    "vfio_pci_core",
    "vfio_virqfd",
    "irqbypass",
    "iommufd",
];

/// The files that kmod reads, in its order: by name, and of several with one name that of the first directory. A
/// directory that cannot be listed is handed to `unread`.
pub fn modprobe_files(root: &Root, unread: &mut dyn FnMut(Error)) -> Vec<ModprobeFile> {
    let mut files: Vec<ModprobeFile> = Vec::new();
    for dir in 0..MODPROBE_DIRS.len() {
        let names = root
            .list(SysPath::ModprobeDir(dir))
            .unwrap_or_else(|error| {
                unread(error);
                Vec::new()
            });
        for name in names.into_iter().filter(|name| is_read(name)) {
            if !files.iter().any(|file| file.name == name) {
                files.push(ModprobeFile { dir, name });
            }
        }
    }
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    files
}

/// Whether kmod reads a file of this name.
fn is_read(name: &str) -> bool {
    name.ends_with(".conf") && !name.starts_with('.')
}

impl ModprobeConfig {
    /// Reads what concerns the modules `wanted`, and adds to them what soft dependencies load with them.
    pub(super) fn read(root: &Root, wanted: &mut Vec<String>) -> Self {
        let mut lines: Vec<(String, Directive)> = Vec::new();
        for file in modprobe_files(root, &mut |_| {}) {
            let Ok(Some(text)) = root.read(file.place()) else {
                continue;
            };
            let read = modprobe_lines(&text).into_iter();
            lines.extend(read.filter_map(|line| Some((file.name.clone(), line.directive?))));
        }
        let drivers = wanted.clone();
        let mut config = Self::of(lines, wanted);
        config.add_module_list(root, &drivers, wanted);
        config
    }

    /// Adds the options behind the names in the module list of initramfs-tools, which modprobe gets with them.
    fn add_module_list(&mut self, root: &Root, drivers: &[String], wanted: &[String]) {
        let Ok(Some(text)) = root.read(SysPath::InitramfsModules) else {
            return;
        };
        for line in String::from_utf8_lossy(&text).lines() {
            let Some((module, options)) = line.trim().split_once([' ', '\t']) else {
                continue;
            };
            if module.starts_with('#') {
                continue;
            }
            for option in ModuleOption::list(&module.replace('-', "_"), options) {
                self.add_option("conf/modules of the image", option, &[], drivers, wanted);
            }
        }
    }

    /// The lists of ids that the modules `drivers` are given below `root`.
    pub fn ids(root: &Root, mut drivers: Vec<String>) -> Vec<DriverIds> {
        Self::read(root, &mut drivers).ids
    }

    fn of(lines: Vec<(String, Directive)>, wanted: &mut Vec<String>) -> Self {
        let mut config = Self::default();
        let mut aliases: Vec<(String, String)> = Vec::new();
        for (_, line) in &lines {
            match line {
                Directive::Softdep(softdep) => config.softdeps.push(softdep.clone()),
                Directive::Alias { pattern, module } => {
                    aliases.push((pattern.clone(), module.clone()));
                }
                _ => {}
            }
        }
        let drivers = wanted.clone();
        config.add_soft_dependencies(wanted);
        for (file, line) in lines {
            match line {
                Directive::Options { .. } => {
                    for option in line.options() {
                        let origin = format!("modprobe.d/{file}");
                        config.add_option(&origin, option, &aliases, &drivers, wanted);
                    }
                }
                Directive::Install { module, command } => {
                    let names = drivers.iter().map(String::as_str).chain(CORE);
                    if names.into_iter().any(|name| glob_matches(&module, name)) {
                        config.installs.push(InstallCommand {
                            file,
                            module,
                            command,
                        });
                    }
                }
                _ => {}
            }
        }
        config
    }

    /// Adds to `wanted` what is loaded with it, and forgets the other soft dependencies.
    fn add_soft_dependencies(&mut self, wanted: &mut Vec<String>) {
        let mut names: Vec<String> = wanted.clone();
        names.extend(CORE.map(str::to_owned));
        let mut kept: Vec<SoftDependency> = Vec::new();
        let mut at = 0;
        while let Some(name) = names.get(at).cloned() {
            at += 1;
            let Some(softdep) = self.soft_dependency(&name) else {
                continue;
            };
            for module in softdep.before.iter().chain(&softdep.after) {
                if !names.contains(module) {
                    names.push(module.clone());
                }
                if !wanted.contains(module) {
                    wanted.push(module.clone());
                }
            }
            if !kept.contains(softdep) {
                kept.push(softdep.clone());
            }
        }
        self.softdeps.retain(|softdep| kept.contains(softdep));
    }

    fn add_option(
        &mut self,
        origin: &str,
        option: ModuleOption,
        aliases: &[(String, String)],
        drivers: &[String],
        wanted: &[String],
    ) {
        let alias = aliases.iter().find(|(alias, _)| *alias == option.module);
        let module = alias.map_or(&option.module, |(_, module)| module);
        if option.is_ids() && drivers.contains(module) {
            self.ids.push(DriverIds {
                origin: origin.to_owned(),
                module: module.clone(),
                list: option.value.unwrap_or_default(),
            });
        } else if wanted.contains(&option.module) || option.module.starts_with("vfio") {
            self.options.push(option);
        }
    }

    /// What is loaded with `module`.
    pub fn soft_dependency(&self, module: &str) -> Option<&SoftDependency> {
        let mut softdeps = self.softdeps.iter();
        softdeps.find(|softdep| glob_matches(&softdep.module, module))
    }

    /// What kmod would run instead of loading `module`.
    pub fn install_command(&self, module: &str) -> Option<&InstallCommand> {
        let mut installs = self.installs.iter();
        installs.find(|install| glob_matches(&install.module, module))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> (ModprobeConfig, Vec<String>) {
        let mut wanted = vec!["vfio_pci".to_owned()];
        let lines = modprobe_lines(text.as_bytes()).into_iter();
        let lines = lines.filter_map(|line| Some(("a.conf".to_owned(), line.directive?)));
        let config = ModprobeConfig::of(lines.collect(), &mut wanted);
        (config, wanted)
    }

    #[test]
    fn soft_dependencies_lead_to_more_modules_and_the_first_line_counts() {
        let (config, wanted) = config(
            "softdep vfio-pci pre: vendor-reset\nsoftdep vfio* post: late\nsoftdep vendor_reset pre: deep\n\
             softdep nouveau pre: vfio-pci\nsoftdep vfio-pci pre: never\n",
        );
        assert_eq!(wanted, ["vfio_pci", "vendor_reset", "late", "deep"]);
        let kept: Vec<String> = config.softdeps.iter().map(ToString::to_string).collect();
        assert_eq!(
            kept,
            [
                "vfio_pci pre: vendor_reset",
                "vfio* post: late",
                "vendor_reset pre: deep"
            ]
        );
    }

    #[test]
    fn lists_of_ids_are_found_under_an_alias_too_and_are_no_options() {
        let (config, _) = config(
            "alias gpu vfio-pci\noptions gpu ids=1:2\noptions vfio_pci ids=3:4 disable_vga=1\noptions snd x=1\n\
             options vfio allow=1\ninstall vfio_pci /bin/x\ninstall snd /bin/y\n",
        );
        let lists: Vec<&str> = config.ids.iter().map(|ids| ids.list.as_str()).collect();
        assert_eq!(lists, ["1:2", "3:4"]);
        let options: Vec<&str> = config.options.iter().map(|o| o.text.as_str()).collect();
        assert_eq!(options, ["disable_vga=1", "allow=1"]);
        let command = config
            .install_command("vfio_pci")
            .map(|i| i.command.as_str());
        assert_eq!((command, config.installs.len()), (Some("/bin/x"), 1));
    }
}
