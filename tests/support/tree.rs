//! A machine table as the files that a kernel would show.

#[path = "device_files.rs"]
mod device_files;
#[path = "framebuffer.rs"]
pub mod framebuffer;
#[path = "offers.rs"]
pub mod offers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vfio_early::machine::{Firmware, Machine, ModprobeConfig};

use device_files::Places;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Dir,
    File(Vec<u8>),
    Link(String),
}

/// Files by their path below the root, which is left out: `sys/bus/pci`.
#[derive(Clone, Debug, Default)]
pub struct Tree(pub BTreeMap<PathBuf, Node>);

impl Tree {
    /// The tree of `machine`, started with `cmdline`.
    pub fn new(machine: &Machine, cmdline: &str) -> Self {
        let mut tree = Self::default();
        tree.file("proc/cmdline", format!("{cmdline}\n"));
        tree.file("proc/sys/kernel/osrelease", format!("{}\n", machine.kernel));
        for dir in [
            "sys/bus/pci/devices",
            "sys/bus/pci/drivers",
            "sys/class/iommu",
            "run",
        ] {
            tree.dir(dir);
        }
        tree.file("sys/bus/pci/drivers_probe", "");
        tree.iommu(machine);
        tree.modules(machine);
        if !machine.protect.devices.is_empty() {
            tree.file("etc/vfio-early.protect", machine.protect.to_string());
        }
        for driver in &machine.modules.registered {
            tree.driver(driver.as_str());
        }
        if let Some(framebuffer) = &machine.framebuffer {
            tree.framebuffer(framebuffer);
        }
        let places = Places::of(machine);
        for device in &machine.bus.devices {
            tree.device(device, &places);
        }
        tree
    }

    pub fn dir(&mut self, path: impl AsRef<Path>) {
        for above in path
            .as_ref()
            .ancestors()
            .filter(|above| !above.as_os_str().is_empty())
        {
            self.0.entry(above.to_owned()).or_insert(Node::Dir);
        }
    }

    pub fn file(&mut self, path: impl AsRef<Path>, text: impl Into<Vec<u8>>) {
        self.dir(path.as_ref().parent().unwrap());
        self.0
            .insert(path.as_ref().to_owned(), Node::File(text.into()));
    }

    pub fn link(&mut self, path: impl AsRef<Path>, target: impl Into<String>) {
        self.dir(path.as_ref().parent().unwrap());
        self.0
            .insert(path.as_ref().to_owned(), Node::Link(target.into()));
    }

    /// A registered driver.
    pub fn driver(&mut self, name: &str) {
        self.file(format!("sys/bus/pci/drivers/{name}/bind"), "");
        self.file(format!("sys/bus/pci/drivers/{name}/unbind"), "");
        let module = name.replace('-', "_");
        self.link(
            format!("sys/bus/pci/drivers/{name}/module"),
            format!("../../../../module/{module}"),
        );
    }

    fn iommu(&mut self, machine: &Machine) {
        for name in &machine.iommu.iommus {
            self.dir(format!("sys/class/iommu/{name}"));
        }
        for region in &machine.bus.regions {
            let (group, line) = (region.group, region.to_string());
            let (_, line) = line.split_once(": ").unwrap();
            let path = format!("sys/kernel/iommu_groups/{group}/reserved_regions");
            let before = match self.0.get(Path::new(&path)) {
                Some(Node::File(text)) => String::from_utf8_lossy(text).into_owned(),
                _ => String::new(),
            };
            self.file(path, format!("{before}{line}\n"));
        }
        let tables = match machine.iommu.firmware {
            Firmware::Acpi => "sys/firmware/acpi/tables",
            _ => "sys/firmware/devicetree/base/soc",
        };
        // Whatever it describes, there is something else.
        if machine.iommu.firmware != Firmware::Unseen {
            self.file(format!("{tables}/FACP"), "");
        }
        for name in &machine.iommu.tables {
            let is_empty = machine.iommu.empty_tables.contains(name);
            let header = if is_empty {
                "\0".repeat(48)
            } else {
                String::new()
            };
            self.file(format!("{tables}/{name}"), header);
        }
        if !machine.iommu.kernel_config.is_empty() {
            let config = machine.iommu.kernel_config.join("\n");
            self.file(format!("boot/config-{}", machine.kernel), config);
        }
        let handed_over = machine.iommu.handed_over.join("\0");
        self.file(
            "proc/1/environ",
            format!("HOME=/\0{handed_over}\0TERM=linux\0"),
        );
        if let Some(chip) = &machine.iommu.interrupt_chip {
            self.file("sys/kernel/irq/0/chip_name", format!("{chip}\n"));
        }
    }

    fn modules(&mut self, machine: &Machine) {
        let dir = format!("lib/modules/{}", machine.kernel);
        let mut dep = String::new();
        for file in &machine.modules.files {
            dep += &format!("{}: {}\n", file.path, file.needs.join(" "));
            for path in file.needs.iter().chain([&file.path]) {
                let magic = if path.ends_with(".xz") {
                    b"\xfd7zXZ\0".as_slice()
                } else {
                    b"\x7fELF"
                };
                self.file(format!("{dir}/{path}"), magic);
            }
        }
        self.file(format!("{dir}/modules.dep"), dep);
        let variants = machine.modules.variants.iter().map(ToString::to_string);
        let hosts = machine.modules.hosts.iter().map(ToString::to_string);
        let aliases: String = variants
            .chain(hosts)
            .map(|one| format!("alias {one}\n"))
            .collect();
        self.file(
            format!("{dir}/modules.alias"),
            format!("# Aliases\nalias pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_core\n{aliases}alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci\n"),
        );
        let builtin: String = machine
            .modules
            .builtin
            .iter()
            .map(|name| format!("kernel/{name}.ko\n"))
            .collect();
        self.file(format!("{dir}/modules.builtin"), builtin);
        let loaded: String = machine
            .modules
            .loaded
            .iter()
            .map(|name| loaded_line(name))
            .collect();
        self.file("proc/modules", loaded);
        self.modprobe(&machine.modules.modprobe);
    }

    fn modprobe(&mut self, modprobe: &ModprobeConfig) {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        let mut line = |file, line: String| files.entry(file).or_default().push_str(&line);
        for option in &modprobe.options {
            line(
                "machine.conf",
                format!("options {} {}\n", option.module, option.text),
            );
        }
        for softdep in &modprobe.softdeps {
            line("machine.conf", format!("softdep {softdep}\n"));
        }
        for ids in &modprobe.ids {
            line(
                ids.origin.trim_start_matches("modprobe.d/"),
                format!("options {} ids=\"{}\"\n", ids.module, ids.list),
            );
        }
        for install in &modprobe.installs {
            line(
                &install.file,
                format!("install {} {}\n", install.module, install.command),
            );
        }
        for (file, text) in files {
            self.file(format!("etc/modprobe.d/{file}"), text);
        }
    }

    /// Writes the tree below `dir`.
    pub fn write_to(&self, dir: &Path) -> std::io::Result<()> {
        for (path, node) in &self.0 {
            let path = dir.join(path);
            match node {
                Node::Dir => fs::create_dir_all(path)?,
                Node::File(text) => fs::write(path, text)?,
                Node::Link(target) => std::os::unix::fs::symlink(target, path)?,
            }
        }
        Ok(())
    }
}

/// A line of /proc/modules.
pub fn loaded_line(name: &str) -> String {
    format!("{name} 16384 0 - Live 0x0000000000000000\n")
}
