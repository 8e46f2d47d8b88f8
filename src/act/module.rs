//! Brings a driver into the kernel.
//!
//! Source: finit_module(2); its errors as measured on 6.1, 6.12 and 7.2.

use nix::errno::Errno;

use crate::pci::DriverName;
use crate::plan::{Load, Reason};
use crate::sys::{Root, SysPath};

/// Loads the files in `loads` of kernel `release`, after which the kernel must know `driver`, and returns how the kernel
/// spells it.
pub(super) fn load(
    root: &Root,
    release: &str,
    driver: &DriverName,
    loads: &[Load],
) -> Result<DriverName, Reason> {
    let failed = |error| Reason::ModuleLoadFailed {
        driver: driver.clone(),
        error,
    };
    let (optional, required): (Vec<&Load>, Vec<&Load>) =
        loads.iter().partition(|load| load.optional);
    in_order(root, release, &required).map_err(failed)?;
    if let Err(error) = in_order(root, release, &optional) {
        log::debug!(target: "vfio-early", "{error}; the claim goes on without");
    }
    match root.exists(SysPath::Driver(driver)) {
        true => Ok(driver.clone()),
        false => of_module(root, &driver.module()).ok_or(Reason::DriverUnregistered {
            driver: driver.clone(),
        }),
    }
}

/// The PCI driver that a module brought: the name of a driver need not be that of its module.
fn of_module(root: &Root, module: &str) -> Option<DriverName> {
    let names = root.list(SysPath::Drivers).ok()?;
    names.iter().find_map(|name| {
        let driver = name.parse().ok()?;
        let target = root.link(SysPath::DriverFile(&driver, "module")).ok()??;
        (target.rsplit('/').next()? == module).then_some(driver)
    })
}

/// Loads the files in `loads` of kernel `release`, which need no driver of their own.
pub(super) fn load_all(root: &Root, release: &str, loads: &[Load]) -> Result<(), String> {
    loads
        .iter()
        .try_for_each(|load| in_order(root, release, &[load]))
}

/// Loads one file after the other. Where the kernel cannot unpack one, modprobe loads the last with all it needs.
fn in_order(root: &Root, release: &str, loads: &[&Load]) -> Result<(), String> {
    for load in loads {
        if !kernel_loads(root, release, load)? {
            let last = loads.last().map_or("", |load| load.module.as_str());
            // modprobe hands on the `ids=` of the command line and of modprobe.d; the last one counts, and this one
            // is empty: else the module would take every match past selectors, exclusions and guards.
            return root
                .modprobe(&["--", last, "ids="])
                .map_err(|error| error.to_string());
        }
    }
    Ok(())
}

/// Hands one file to the kernel; `false` where it is compressed and the kernel cannot unpack it.
fn kernel_loads(root: &Root, release: &str, load: &Load) -> Result<bool, String> {
    let place = SysPath::Modules(release, &load.path);
    let start = root.attribute(place).map_err(|error| error.to_string())?;
    let compressed = !start.starts_with(b"\x7fELF");
    match root.load_module(place, &load.options, compressed) {
        Ok(()) => Ok(true),
        Err(error) => match Errno::from_raw(error.errno()) {
            // Somebody was faster, which is as good.
            Errno::EEXIST => Ok(true),
            Errno::EOPNOTSUPP | Errno::EINVAL if compressed => Ok(false),
            _ => Err(error.to_string()),
        },
    }
}
