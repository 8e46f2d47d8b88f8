//! The universal image: a small archive that any boot loader puts in front of any initrd, with `rdinit=/vfio-early`.
//!
//! *Reads*, through `Root`. Source of truth: vfio-early(8), which is ours.
//! To add one: a file that the first process needs is a line in [`build`].

mod cpio;
mod form;
mod walk;

pub use form::{Compression, Section, compression_of, sections};
pub use walk::{Choice, Keep, Kept, Walk};

use cpio::Archive;

use crate::ask::Request;
use crate::machine::{IOMMU_MODULES, Modules};
use crate::pci::DriverName;
use crate::protect::ProtectList;
use crate::root::{IMAGE_DIR, Place, Result, Root};

/// Where the archive puts the program, and what `rdinit=` must say.
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
        &root.whole(Place::OwnProgram)?,
    );
    configuration(root, &mut archive)?;
    archive.file(
        &format!("{IMAGE_DIR}/etc/vfio-early.protect"),
        0o644,
        protect.to_string().as_bytes(),
    );
    modules(root, release, request, &mut archive)?;
    Ok(archive.finish())
}

fn configuration(root: &Root, archive: &mut Archive) -> Result<()> {
    if let Some(text) = root.read(Place::Config)? {
        archive.file(&format!("{IMAGE_DIR}/etc/vfio-early.conf"), 0o644, &text);
    }
    for name in root
        .list(Place::ConfigDir)?
        .iter()
        .filter(|name| name.ends_with(".conf"))
    {
        let text = root.whole(Place::ConfigFile(name))?;
        archive.file(
            &format!("{IMAGE_DIR}/etc/vfio-early.d/{name}"),
            0o644,
            &text,
        );
    }
    Ok(())
}

fn modules(root: &Root, release: &str, request: &Request, archive: &mut Archive) -> Result<()> {
    root.require(Place::Modules(release, "modules.dep"))?;
    let mut drivers = request.drivers_wanted();
    drivers.push(DriverName::pci_stub());
    let modules = Modules::read(root, release, &drivers, &IOMMU_MODULES);
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
            &root.whole(Place::Modules(release, path))?,
        );
    }
    let (mut dep, mut builtin, mut options) = (String::new(), String::new(), String::new());
    for file in &modules.files {
        dep.extend([&file.path, ": ", &file.needs.join(" "), "\n"]);
    }
    for name in &modules.builtin {
        builtin.extend([name, ".ko\n"]);
    }
    for option in &modules.options {
        options.extend(["options ", &option.module, " ", &option.text, "\n"]);
    }
    archive.file(&format!("{dir}/modules.dep"), 0o644, dep.as_bytes());
    archive.file(&format!("{dir}/modules.builtin"), 0o644, builtin.as_bytes());
    archive.file(
        &format!("{IMAGE_DIR}/etc/modprobe.d/vfio-early.conf"),
        0o644,
        options.as_bytes(),
    );
    Ok(())
}
