//! Prepares a device while no driver has it, and takes that back where its claim fails.
//!
//! Source: Linux's Documentation/ABI/testing/sysfs-bus-pci; as measured, a bind of vfio-pci sets `power/control` to
//! auto, a ROM is shown between a `1` and a `0` written to it, and only where the device decodes memory, and a
//! register is resized only while no driver has the device.

use std::rc::Rc;

use nix::errno::Errno;

use super::holder::driver_of;
use crate::config::Preparation;
use crate::escape::escaped;
use crate::pci::{Address, BarSize, Device, RomFault, rom_length};
use crate::plan::{Outcome, PlannedPreparation, PreparationState, Unprepared};
use crate::sys::{Error, Root, SysPath};

/// Does what is to be done to a device, if no driver has it now.
pub(super) fn before_bind(root: &Root, outcome: &mut Outcome) {
    let entry = Rc::clone(&outcome.entry);
    let device = &entry.device;
    let is_open = |one: &PlannedPreparation| one.state == PreparationState::Planned;
    if !outcome.preparations.iter().any(is_open)
        || !matches!(driver_of(root, device.address), Ok(None))
    {
        return;
    }
    for one in outcome.preparations.iter_mut().filter(|one| is_open(one)) {
        match carry_out(root, device, &one.what, &mut one.before) {
            Ok(()) => one.state = PreparationState::Done,
            Err(why) => one.fail(why),
        }
    }
}

/// Does what must come after the bind, and ends what could not be done.
pub(super) fn after_bind(root: &Root, outcome: &mut Outcome) {
    let address = outcome.entry.device.address;
    let ours = outcome.kind.is_ours();
    for one in &mut outcome.preparations {
        match (one.state, &one.what) {
            (PreparationState::Planned, _) if ours => one.fail(Unprepared::TooLate),
            (PreparationState::Planned, _) => one.state = PreparationState::Skipped,
            (PreparationState::Done, Preparation::D3cold) if ours => {
                if let Err(why) = set(root, address, "power/control", "on", &mut None) {
                    one.fail(why);
                }
            }
            _ => {}
        }
    }
}

/// Takes back what was done to a device that goes back to the host.
pub(super) fn undo(root: &Root, outcome: &mut Outcome) {
    let address = outcome.entry.device.address;
    for one in &mut outcome.preparations {
        // What failed may have been half done.
        if let Some(before) = one.before.take() {
            if one.state == PreparationState::Done {
                one.state = PreparationState::Undone;
            }
            if let Err(error) = root.write(SysPath::DeviceFile(address, &file(&one.what)), &before)
            {
                let error = error.to_string();
                one.fail(Unprepared::NotUndone { error });
            }
        }
    }
}

/// The file of a preparation.
fn file(what: &Preparation) -> String {
    match what {
        Preparation::Rom => "rom".to_owned(),
        Preparation::Rebar(bar, _) => format!("resource{bar}_resize"),
        Preparation::ResetMethod(_) => "reset_method".to_owned(),
        Preparation::D3cold => "d3cold_allowed".to_owned(),
    }
}

/// Does it. Before something is written, what takes it back goes into `before`; nothing does where it is so already.
fn carry_out(
    root: &Root,
    device: &Device,
    what: &Preparation,
    before: &mut Option<String>,
) -> Result<(), Unprepared> {
    let address = device.address;
    match what {
        Preparation::Rom => copy_rom(root, device),
        Preparation::Rebar(bar, size) => resize(root, address, (*bar, *size), before),
        Preparation::ResetMethod(names) => set(root, address, &file(what), names, before),
        Preparation::D3cold => set(root, address, &file(what), "0", before),
    }
}

fn failed(error: &Error) -> Unprepared {
    Unprepared::Failed {
        error: error.to_string(),
    }
}

/// Writes `text` to a file that reads as what it was given, unless it does so already.
fn set(
    root: &Root,
    address: Address,
    file: &str,
    text: &str,
    before: &mut Option<String>,
) -> Result<(), Unprepared> {
    let place = SysPath::DeviceFile(address, file);
    let read = || {
        let bytes = root.attribute(place).map_err(|error| failed(&error))?;
        Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
    };
    let now = read()?;
    if now == text {
        return Ok(());
    }
    *before = Some(now);
    root.write(place, text).map_err(|error| failed(&error))?;
    let after = read()?;
    // What the default is, the kernel knows.
    if after != text && text != "default" {
        let path = root.path(place);
        let error = format!(
            "{} reads \"{}\" after \"{}\" was written",
            path.display(),
            escaped(&after),
            escaped(text)
        );
        return Err(Unprepared::Failed { error });
    }
    Ok(())
}

/// Gives a register another size. The file for it shows all sizes, not the one that it has.
fn resize(
    root: &Root,
    address: Address,
    (bar, size): (u8, BarSize),
    before: &mut Option<String>,
) -> Result<(), Unprepared> {
    let now = bar_size(root, address, bar)?;
    if now == Some(size) {
        return Ok(());
    }
    *before = now.map(|size| size.0.to_string());
    let file = file(&Preparation::Rebar(bar, size));
    let place = SysPath::DeviceFile(address, &file);
    root.write(place, &size.0.to_string())
        .map_err(|error| failed(&error))?;
    match bar_size(root, address, bar)? {
        Some(after) if after == size => Ok(()),
        after => {
            let after = after.map_or_else(|| "no size".to_owned(), |size| size.to_string());
            let error = format!("BAR {bar} has {after} after it was resized");
            Err(Unprepared::Failed { error })
        }
    }
}

/// The size that a register has now: a line of `resource` has its first address, its last, and flags.
fn bar_size(root: &Root, address: Address, bar: u8) -> Result<Option<BarSize>, Unprepared> {
    let place = SysPath::DeviceFile(address, "resource");
    let bytes = root.attribute(place).map_err(|error| failed(&error))?;
    let text = String::from_utf8_lossy(&bytes);
    let line = text.lines().nth(usize::from(bar)).unwrap_or_default();
    let number = |word: &str| u64::from_str_radix(word.trim_start_matches("0x"), 16).ok();
    let numbers: Vec<u64> = line.split(' ').filter_map(number).collect();
    Ok(match numbers.as_slice() {
        [first, last, ..] => BarSize::of_bytes(last.wrapping_sub(*first).wrapping_add(1)),
        _ => None,
    })
}

/// Copies the ROM to its place below /run, if it is whole and the device's own.
fn copy_rom(root: &Root, device: &Device) -> Result<(), Unprepared> {
    let address = device.address;
    let mut rom = read_rom(root, address)?;
    if rom.is_none() {
        // Nothing is read from a device that does not decode memory, which the firmware may have left so.
        let switch = |text| root.write(SysPath::DeviceFile(address, "enable"), text);
        switch("1").map_err(|error| failed(&error))?;
        rom = read_rom(root, address)?;
        switch("0").map_err(|error| failed(&error))?;
    }
    let rom = rom.ok_or(Unprepared::Rom(RomFault::NoImage))?;
    let length = rom_length(&rom, device.id).map_err(Unprepared::Rom)?;
    let images = rom.get(..length).unwrap_or_default();
    root.store_rom(address, images)
        .map_err(|error| failed(&error))
}

/// Shows the ROM, reads it and hides it again; `None` where the kernel finds no image in it.
fn read_rom(root: &Root, address: Address) -> Result<Option<Vec<u8>>, Unprepared> {
    let place = SysPath::DeviceFile(address, "rom");
    root.write(place, "1").map_err(|error| failed(&error))?;
    let read = root.read(place);
    root.write(place, "0").map_err(|error| failed(&error))?;
    match read {
        Ok(rom) => Ok(rom.filter(|rom| !rom.is_empty())),
        Err(error) if error.errno() == Errno::EIO as i32 => Ok(None),
        Err(error) => Err(failed(&error)),
    }
}
