//! Displays on which the firmware booted: the boot framebuffer has their memory until somebody takes it away.
//!
//! Checked with /proc/iomem, and by writing to the memory through VFIO.

use crate::harness::firmware::Firmware;
use crate::harness::machine::{Model, SECONDARY_VGA, VGA};
use crate::harness::modules::Format;
use crate::harness::store::{Kernel, example};
use crate::harness::{Boot, code};

/// How many framebuffers have memory.
const LOOK: &str = "busybox grep -c -E 'efifb|vesafb|BOOTFB' /proc/iomem";

/// A machine with this display alone, which is claimed, and which has the boot framebuffer.
fn display(model: Model, parameters: &str) -> Boot {
    lit(model, parameters).prints("1 before")
}

/// A machine with this display alone, which is claimed.
fn lit(model: Model, parameters: &str) -> Boot {
    Boot::with([model.at("00:04.0")])
        .cmdline(&format!("vfio-early.ids=00:04.0 {parameters}"))
        .copy(example("vfio-open"), "/test/vfio-open")
        .first(&format!("echo \"$({LOOK}) before\" >/test/seen"))
        .script(&format!(
            "cat /test/seen; echo \"$({LOOK}) after\"; /test/vfio-open 0000:00:04.0 2>&1"
        ))
}

/// It is claimed, and its memory is free.
fn freed(boot: Boot) -> Boot {
    boot.expect([("0000:00:04.0", "vfio-pci")])
        .prints("0 after")
        .prints("bar 0 keeps what is written")
}

#[test]
fn vesafb_on_a_vga_controller_is_released_by_vfio_pci_itself() {
    let seen = freed(display(VGA, "vga=0x317")).run();
    assert!(!seen.warnings().contains(&code::FRAMEBUFFER_RELEASED));
}

#[test]
fn efifb_on_a_vga_controller_is_released_by_vfio_pci_itself() {
    let seen = freed(display(VGA, "").firmware(Firmware::Ovmf)).run();
    assert!(!seen.warnings().contains(&code::FRAMEBUFFER_RELEASED));
}

/// The warning is in the kernel log before anything that the claim did.
fn assert_logged_first(boot: Boot) {
    let seen = freed(boot).warns(code::FRAMEBUFFER_RELEASED).run();
    let names = ["efi-framebuffer.0", "0000:00:04.0"];
    assert!(seen.spoken_before_vfio(&names), "{:#?}", seen.kmsg);
}

#[test]
fn efifb_on_another_display_is_released_by_us() {
    assert_logged_first(display(SECONDARY_VGA, "").firmware(Firmware::Ovmf));
}

#[test]
fn efifb_on_another_display_is_released_by_us_where_it_is_below_the_display() {
    let boot = display(SECONDARY_VGA, "").firmware(Firmware::Ovmf);
    assert_logged_first(boot.kernel(Kernel::Trixie));
}

#[test]
fn efifb_draws_again_where_the_display_cannot_be_claimed() {
    let seen = display(SECONDARY_VGA, "")
        .firmware(Firmware::Ovmf)
        .modules(Format::Xz)
        .expect([("0000:00:04.0", "bochs-drm")])
        .fails("0000:00:04.0", code::MODULE_LOAD_FAILED)
        .exit(2)
        .run();
    assert!(!seen.warnings().contains(&code::FRAMEBUFFER_RELEASED));
    let found = seen
        .kmsg
        .iter()
        .filter(|line| line.contains("efifb: framebuffer at"));
    assert_eq!(found.count(), 2, "once at boot, once given back");
}

/// Gives the display to vfio-pci by hand and back again.
const BY_HAND: &str = "
/test/modprobe vfio-pci; /test/modprobe vfio_iommu_type1
cd /sys/bus/pci
echo vfio-pci >devices/0000:00:04.0/driver_override
echo 0000:00:04.0 >drivers/vfio-pci/bind
/test/vfio-open 0000:00:04.0 >/test/seen 2>&1
echo 0000:00:04.0 >drivers/vfio-pci/unbind
echo >devices/0000:00:04.0/driver_override
cd /";

/// The control: vfio-pci takes the display by itself as well, but then nobody can use the memory.
#[test]
fn the_memory_of_another_display_cannot_be_used_until_it_is_released() {
    Boot::with([SECONDARY_VGA.at("00:04.0")])
        .firmware(Firmware::Ovmf)
        .copy(example("vfio-open"), "/test/vfio-open")
        .first(BY_HAND)
        .script("cat /test/seen")
        .prints("bar 0 is out of reach")
        .expect([("0000:00:04.0", "bochs-drm")])
        .without_report()
        .run();
}

/// The words that make the kernel of simpledrm use its IOMMU.
const SIMPLEDRM: &str = "intel_iommu=on";

/// There is no warning about the framebuffer of a display that is claimed.
fn assert_silent(boot: Boot) {
    let seen = freed(boot.kernel(Kernel::TrixieBuiltin)).run();
    let codes = [code::FRAMEBUFFER_RELEASED, code::FRAMEBUFFER_HELD];
    let warned = |code: &&str| codes.contains(code);
    assert!(!seen.warnings().iter().any(warned), "{:?}", seen.warnings());
}

#[test]
fn simpledrm_on_a_vga_controller_is_released_by_vfio_pci_itself() {
    assert_silent(display(VGA, &format!("vga=0x317 {SIMPLEDRM}")));
}

#[test]
fn simpledrm_on_a_vga_controller_of_a_uefi_machine_is_released_by_vfio_pci_itself() {
    assert_silent(display(VGA, SIMPLEDRM).firmware(Firmware::Ovmf));
}

#[test]
fn simpledrm_on_another_display_keeps_the_memory_and_the_fix_is_logged_first() {
    let seen = display(SECONDARY_VGA, SIMPLEDRM)
        .kernel(Kernel::TrixieBuiltin)
        .firmware(Firmware::Ovmf)
        .expect([("0000:00:04.0", "vfio-pci")])
        .warns(code::FRAMEBUFFER_HELD)
        .names("initcall_blacklist=sysfb_init")
        .prints("1 after")
        .prints("bar 0 is out of reach")
        .run();
    let line = |names: &[&str]| {
        let mut spoken = seen.spoken().into_iter();
        spoken.position(|line| names.iter().all(|name| line.contains(name)))
    };
    let warned = line(&["simple-framebuffer.0", "0000:00:04.0"]);
    let summary = line(&["1 of 1"]);
    assert!(warned.is_some() && warned < summary, "{:#?}", seen.spoken());
}

#[test]
fn simpledrm_has_nothing_where_the_line_was_followed() {
    let parameters = format!("initcall_blacklist=sysfb_init {SIMPLEDRM}");
    let boot = lit(SECONDARY_VGA, &parameters).firmware(Firmware::Ovmf);
    assert_silent(boot.prints("0 before"));
}

/// Neither is a VGA controller, so only the boot framebuffer distinguishes them.
#[test]
fn of_two_displays_the_one_with_the_boot_framebuffer_is_no_secondary_one() {
    let seen = Boot::with([SECONDARY_VGA.at("00:04.0"), SECONDARY_VGA.at("00:05.0")])
        .cmdline("vfio-early.ids=secondary-gpus")
        .firmware(Firmware::Ovmf)
        .first("/usr/bin/vfio-early list class:display --json >/test/seen")
        .script("cat /test/seen")
        .expect([("0000:00:04.0", "bochs-drm"), ("0000:00:05.0", "vfio-pci")])
        .run();
    let list: serde_json::Value = serde_json::from_str(&seen.script[0]).unwrap();
    let displays = list["devices"].as_array().unwrap().iter();
    let booted = displays.map(|display| (&display["address"], &display["boot_display"]));
    let wanted = serde_json::json!([["0000:00:04.0", true], ["0000:00:05.0", null]]);
    assert_eq!(serde_json::json!(booted.collect::<Vec<_>>()), wanted);
}
