//! What is done to devices before their driver comes: reset methods, power, copies of ROMs.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::harness::machine::{E1000E, NVME, port};
use crate::harness::modules::Format;
use crate::harness::seen::Seen;
use crate::harness::store::{Kernel, target};
use crate::harness::{Boot, code};

/// A device's preparations: outcome and code of each.
fn prepared(seen: &Seen, address: &str) -> serde_json::Value {
    let device = seen.device(address).unwrap();
    let all = device["preparations"].as_array().unwrap().iter();
    all.map(|one| json!([one["key"], one["outcome"], one["code"]]))
        .collect()
}

#[test]
fn a_reset_method_is_set_before_the_driver_comes() {
    let seen = Boot::with([port("00:03.0", &[NVME]), port("00:04.0", &[NVME])])
        .cmdline(
            "vfio-early.ids=class:nvme vfio-early.reset-method=bus@01:00.0,acpi@02:00.0 \
             vfio-early.d3cold=off@09:00.0",
        )
        .first("cat /sys/bus/pci/devices/0000:0[12]:00.0/reset_method")
        .script("cat /sys/bus/pci/devices/0000:0[12]:00.0/reset_method")
        .prints("bus")
        .prints("flr bus")
        .expect([("0000:01:00.0", "vfio-pci"), ("0000:02:00.0", "vfio-pci")])
        .warns(code::RESET_METHOD_UNSUPPORTED)
        .warns(code::UNUSED_RULE)
        .names("reset-method=bus")
        .names("flr, bus")
        .run();
    assert_eq!(seen.script, ["bus", "flr bus"]);
    assert_eq!(
        prepared(&seen, "0000:01:00.0"),
        json!([["reset-method", "done", null]])
    );
    assert_eq!(
        prepared(&seen, "0000:02:00.0"),
        json!([["reset-method", "failed", "reset-method-unsupported"]])
    );
}

#[test]
fn a_device_is_kept_awake() {
    let state = "for file in d3cold_allowed power/control power_state; do\n\
                 cat /sys/bus/pci/devices/0000:0[12]:00.0/$file; done";
    let boot = |kernel| {
        Boot::with([port("00:03.0", &[NVME]), port("00:04.0", &[E1000E])])
            .kernel(kernel)
            .cmdline("vfio-early.ids=01:00.0,02:00.0 vfio-early.d3cold=off@01:00.0")
            .script(state)
            .expect([("0000:01:00.0", "vfio-pci"), ("0000:02:00.0", "vfio-pci")])
    };
    for boot in [
        boot(Kernel::Trixie),
        boot(Kernel::Bookworm).held([("0000:01:00.0", "nvme")]),
    ] {
        let seen = boot.run();
        assert_eq!(seen.script, ["0", "1", "on", "auto", "D0", "D3hot"]);
        assert_eq!(
            prepared(&seen, "0000:01:00.0"),
            json!([["d3cold", "done", null]])
        );
    }
}

/// A ROM of one image for the device with this id, in a file; the BIOS runs it, and it returns at once.
fn rom(name: &str, first: u8, device: u16) -> PathBuf {
    let mut rom = vec![0; 1024];
    rom[..4].copy_from_slice(&[first, 0xaa, 2, 0xcb]);
    rom[0x18] = 0x1c;
    rom[0x1c..0x22].copy_from_slice(b"PCIR\x86\x80");
    rom[0x22..0x24].copy_from_slice(&device.to_le_bytes());
    rom[0x2c] = 2;
    rom[0x31] = 0x80;
    let directory = target().join("boot");
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(format!("{name}.rom"));
    fs::write(&path, rom).unwrap();
    path
}

#[test]
fn a_rom_is_copied_before_the_driver_comes_and_only_the_devices_own() {
    let own = rom("own", 0x55, 0x10d3);
    let copies = "for slot in 4 5 6 7; do busybox cmp /test/rom /run/vfio-early/rom/0000:00:0$slot.0.rom \
                  && echo $slot is whole; done\ncat /sys/bus/pci/devices/0000:00:07.0/enable\n\
                  vfio-early export qemu 00:07.0";
    let asleep =
        "printf '\\000' | dd of=/sys/bus/pci/devices/0000:00:07.0/config bs=1 seek=4 conv=notrunc";
    let seen = Boot::with([
        E1000E.with_rom(&own, "00:04.0"),
        E1000E.with_rom(&rom("foreign", 0x55, 0x10d4), "00:05.0"),
        E1000E.with_rom(&rom("broken", 0x54, 0x10d3), "00:06.0"),
        E1000E.with_rom(&own, "00:07.0"),
        E1000E.at("00:08.0"),
    ])
    .cmdline("vfio-early.ids=8086:10d3 vfio-early.rom=copy@8086:10d3")
    .copy(&own, "/test/rom")
    .first(asleep)
    .script(copies)
    .prints("4 is whole")
    .prints("7 is whole")
    .prints(
        "-device vfio-pci,host=0000:00:07.0,bus=vfio1,addr=00.0,\
         romfile=/run/vfio-early/rom/0000:00:07.0.rom",
    )
    .expect(["4", "5", "6", "7", "8"].map(|slot| (format!("0000:00:0{slot}.0"), "vfio-pci")))
    .warns(code::ROM_INVALID)
    .warns(code::ROM_MISSING)
    .run();
    let failed = |code| json!([["rom", "failed", code]]);
    let done = json!([["rom", "done", null]]);
    for (slot, wanted) in [
        (4, &done),
        (5, &failed("rom-invalid")),
        (6, &failed("rom-invalid")),
        (7, &done),
        (8, &failed("rom-missing")),
    ] {
        assert_eq!(
            prepared(&seen, &format!("0000:00:0{slot}.0")),
            *wanted,
            "{slot}"
        );
    }
    let foreign = seen.fact("/devices/1/preparations/0/message");
    assert!(foreign.as_str().unwrap().contains("8086:10d4"), "{foreign}");
}

#[test]
fn what_was_done_to_a_device_is_taken_back_where_its_driver_does_not_load() {
    let seen = Boot::with([port("00:03.0", &[NVME])])
        .modules(Format::Xz)
        .cmdline(
            "vfio-early.ids=01:00.0 vfio-early.reset-method=bus@01:00.0 \
             vfio-early.d3cold=off@01:00.0",
        )
        .script("cat /sys/bus/pci/devices/0000:01:00.0/reset_method /sys/bus/pci/devices/0000:01:00.0/d3cold_allowed")
        .expect([("0000:01:00.0", "nvme")])
        .fails("0000:01:00.0", code::MODULE_LOAD_FAILED)
        .exit(2)
        .run();
    assert_eq!(seen.script, ["flr bus", "1"]);
    let undone = json!([["reset-method", "undone", null], ["d3cold", "undone", null]]);
    assert_eq!(prepared(&seen, "0000:01:00.0"), undone);
}
