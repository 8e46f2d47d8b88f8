//! The drivers that are registered, and the modules that could be loaded for those that are not.
//!
//! Source: modules.dep(5), modules.builtin, `/proc/modules`. Where an image has no modules.dep but
//! modules.dep.bin (mkinitcpio), that is read.

use super::bus::Bus;
use super::host_aliases::HostAlias;
use super::modprobe::ModprobeConfig;
use super::variants::Variant;
use super::{index, variants};
use crate::pci::DriverName;
use crate::sys::{Root, SysPath};

/// A module file and what must be loaded before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// Its path below `/lib/modules/RELEASE`.
    pub path: String,
    /// The paths of its dependencies, the last one to be loaded first.
    pub needs: Vec<String>,
}

impl ModuleFile {
    /// The name of the module in it.
    pub fn name(&self) -> String {
        module_name(&self.path)
    }
}

/// What is at hand of the drivers and modules that were asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modules {
    /// Drivers that the kernel has now.
    pub registered: Vec<DriverName>,
    /// Module files.
    pub files: Vec<ModuleFile>,
    /// Modules that are part of the kernel.
    pub builtin: Vec<String>,
    /// Modules that are loaded, of all.
    pub loaded: Vec<String>,
    /// The settings of modprobe.d for them.
    pub modprobe: ModprobeConfig,
    /// The variant drivers for devices of this machine.
    pub variants: Vec<Variant>,
    /// The drivers that the host has for devices which share a group with those asked for and have none now.
    pub hosts: Vec<HostAlias>,
}

/// Loaded besides vfio-pci where there is such a module: virtual machines need it, the claim does not.
pub const COMPANIONS: [&str; 1] = ["vfio_iommu_type1"];

/// What an IOMMU needs whose driver can be a module: its way to the device, then the driver, which comes last.
pub const IOMMU_MODULES: [&str; 2] = ["virtio_pci", "virtio_iommu"];

/// Needed where a claim is on trial: the file system of the firmware's variables.
pub const VARIABLES_MODULE: &str = "efivarfs";

impl Modules {
    /// Reads what there is of `drivers`, of the modules behind them and of the modules `others`. What cannot be read counts as absent: the
    /// claim then fails with the name of what it missed.
    pub fn read(root: &Root, release: &str, drivers: &[DriverName], others: &[&str]) -> Self {
        let registered = drivers
            .iter()
            .filter(|driver| root.exists(SysPath::Driver(driver)))
            .cloned()
            .collect();
        let mut wanted: Vec<String> = drivers.iter().map(DriverName::module).collect();
        wanted.extend(
            COMPANIONS
                .iter()
                .chain(others)
                .map(|name| (*name).to_owned()),
        );
        let modprobe = ModprobeConfig::read(root, &mut wanted);
        let mut files = Vec::new();
        let text = root.lines(SysPath::Modules(release, "modules.dep"), &mut |line| {
            files.extend(file(line, &wanted))
        });
        if !matches!(text, Ok(true)) {
            files = indexed(root, release, &wanted);
        }
        let mut builtin = Vec::new();
        let is_missing =
            |name: &String| !files.iter().any(|file: &ModuleFile| file.name() == *name);
        if wanted.iter().any(is_missing) {
            let mut keep = |line: &[u8]| {
                let name = module_name(String::from_utf8_lossy(line).trim_end());
                builtin.extend(wanted.contains(&name).then_some(name));
            };
            let _ = root.lines(SysPath::Modules(release, "modules.builtin"), &mut keep);
        }
        Self {
            registered,
            files,
            builtin,
            loaded: loaded(root),
            modprobe,
            variants: Vec::new(),
            hosts: Vec::new(),
        }
    }

    /// The same, with the variants of vfio-pci for the devices of `bus`.
    pub fn with_variants(
        root: &Root,
        release: &str,
        mut drivers: Vec<DriverName>,
        others: &[&str],
        bus: &Bus,
    ) -> Self {
        let variants = variants::read(root, release, bus);
        drivers.extend(variants.iter().filter_map(Variant::driver));
        Self {
            variants,
            ..Self::read(root, release, &drivers, others)
        }
    }

    /// The file of a module.
    pub fn file(&self, module: &str) -> Option<&ModuleFile> {
        self.files.iter().find(|file| file.name() == module)
    }
}

/// Reads one line of modules.dep, if it is about a module that is wanted.
fn file(line: &[u8], wanted: &[String]) -> Option<ModuleFile> {
    let line = std::str::from_utf8(line).ok()?;
    let (path, needs) = line.split_once(':')?;
    let name = module_name(path);
    let file = || ModuleFile {
        path: path.to_owned(),
        needs: needs.split_whitespace().map(str::to_owned).collect(),
    };
    wanted.contains(&name).then(file)
}

/// The same from modules.dep.bin.
fn indexed(root: &Root, release: &str, wanted: &[String]) -> Vec<ModuleFile> {
    let Ok(Some(index)) = root.read(SysPath::Modules(release, "modules.dep.bin")) else {
        return Vec::new();
    };
    wanted
        .iter()
        .filter_map(|name| file(index::find(&index, name)?, wanted))
        .collect()
}

/// `kernel/drivers/vfio/pci/vfio-pci.ko.xz` holds `vfio_pci`.
pub fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split(".ko").next().unwrap_or(file).replace('-', "_")
}

/// The modules that are loaded and ready.
fn loaded(root: &Root) -> Vec<String> {
    let mut names = Vec::new();
    let mut keep = |line: &[u8]| {
        let line = String::from_utf8_lossy(line);
        // Name, size, users, which ones, state, address.
        let mut fields = line.split_whitespace();
        if let (Some(name), Some("Live")) = (fields.next(), fields.nth(3)) {
            names.push(name.to_owned());
        }
    };
    let _ = root.lines(SysPath::LoadedModules, &mut keep);
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_by_its_file_whatever_its_compression() {
        for path in [
            "kernel/drivers/vfio/pci/vfio-pci.ko",
            "vfio_pci.ko.zst",
            "x/vfio-pci.ko.xz",
        ] {
            assert_eq!(module_name(path), "vfio_pci");
        }
    }

    #[test]
    fn a_line_of_modules_dep_is_kept_only_where_it_is_wanted() {
        let line = b"a/vfio-pci.ko.xz: a/vfio-pci-core.ko.xz b/vfio.ko.xz\n";
        let read = file(line, &["vfio_pci".to_owned()]);
        let needs = vec![
            "a/vfio-pci-core.ko.xz".to_owned(),
            "b/vfio.ko.xz".to_owned(),
        ];
        assert_eq!(
            read,
            Some(ModuleFile {
                path: "a/vfio-pci.ko.xz".to_owned(),
                needs
            })
        );
        assert_eq!(file(line, &["vfio".to_owned()]), None);
        assert_eq!(file(b"\xff\n", &["vfio".to_owned()]), None);
    }
}
