//! The universal image: a small archive that any boot loader puts in front of any initrd, with `rdinit=/vfio-early`.

pub mod cpio;
pub mod form;
pub mod kept;
pub mod reader;

use cpio::Archive;

use crate::config::{Request, config_files};
use crate::machine::{Bus, EveryDevice, IOMMU_MODULES, Modules, ProtectList, VARIABLES_MODULE};
use crate::pci::DriverName;
use crate::sys::{IMAGE_DIR, Result, Root, SysPath};

/// Where the archive puts the program, and the value that `rdinit=` needs.
pub const PROGRAM: &str = "/vfio-early";

/// Puts together the image for kernel `release`: the program, the drivers that `request` may give with what they need,
/// the configuration, and `protect`, what the machine needs.
///
/// Everything but the program stands in a directory of its own: the kernel unpacks the initrd behind it over it, and a
/// `lib` of ours would keep the initrd's link of that name from being made.
pub fn build(
    root: &Root,
    release: &str,
    request: &Request,
    protect: &ProtectList,
) -> Result<Vec<u8>> {
    let mut archive = Archive::default();
    // The first process has these before it mounts /dev; without them it would be ended at its start.
    archive.device("dev/console", 5, 1);
    archive.device("dev/null", 1, 3);
    archive.file(
        PROGRAM.trim_start_matches('/'),
        0o755,
        &root.whole(SysPath::OwnProgram)?,
    );
    configuration(root, &mut archive)?;
    archive.file(
        &format!("{IMAGE_DIR}/etc/vfio-early.protect"),
        0o600,
        protect.to_string().as_bytes(),
    );
    modules(root, release, request, &mut archive)?;
    Ok(archive.finish())
}

fn configuration(root: &Root, archive: &mut Archive) -> Result<()> {
    let (files, errors) = config_files(root);
    if let Some(error) = errors.into_iter().next() {
        return Err(error);
    }
    for (name, text) in files {
        archive.file(&format!("{IMAGE_DIR}/etc/{name}"), 0o644, &text);
    }
    Ok(())
}

/// What an image for kernel `release` needs of its modules: the drivers that `request` may give, and the variants of
/// vfio-pci for the devices of this machine.
pub fn modules_for(root: &Root, release: &str, request: &Request) -> Modules {
    let mut drivers = request.drivers_wanted();
    drivers.push(DriverName::pci_stub());
    // Where an image is made for another machine, that machine's devices are not known.
    let bus = Bus::read(root, &EveryDevice::default()).unwrap_or_default();
    let others = [IOMMU_MODULES.as_slice(), &[VARIABLES_MODULE]].concat();
    Modules::with_variants(root, release, drivers, &others, &bus)
}

fn modules(root: &Root, release: &str, request: &Request, archive: &mut Archive) -> Result<()> {
    root.require(SysPath::Modules(release, "modules.dep"))?;
    let modules = modules_for(root, release, request);
    let dir = format!("{IMAGE_DIR}/lib/modules/{release}");
    let mut paths: Vec<&String> = modules
        .files
        .iter()
        .flat_map(|file| file.needs.iter().chain([&file.path]))
        .collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        archive.file(
            &format!("{dir}/{path}"),
            0o644,
            &root.whole(SysPath::Modules(release, path))?,
        );
    }
    let (mut dep, mut builtin, mut options) = (String::new(), String::new(), String::new());
    for file in &modules.files {
        dep.extend([&file.path, ": ", &file.needs.join(" "), "\n"]);
    }
    for name in &modules.builtin {
        builtin.extend([name, ".ko\n"]);
    }
    for option in &modules.modprobe.options {
        options.extend(["options ", &option.module, " ", &option.text, "\n"]);
    }
    for ids in &modules.modprobe.ids {
        options.extend(["options ", &ids.module, " ids=\"", &ids.list, "\"\n"]);
    }
    for softdep in &modules.modprobe.softdeps {
        options.extend(["softdep ", &softdep.to_string(), "\n"]);
    }
    let mut alias = String::new();
    for variant in &modules.variants {
        alias.extend(["alias ", &variant.to_string(), "\n"]);
    }
    archive.file(&format!("{dir}/modules.dep"), 0o644, dep.as_bytes());
    archive.file(&format!("{dir}/modules.alias"), 0o644, alias.as_bytes());
    archive.file(&format!("{dir}/modules.builtin"), 0o644, builtin.as_bytes());
    archive.file(
        &format!("{IMAGE_DIR}/etc/modprobe.d/vfio-early.conf"),
        0o644,
        options.as_bytes(),
    );
    Ok(())
}
