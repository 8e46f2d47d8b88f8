//! Scripts that choose displays by `boot_vga`.

use super::tests::seen;

/// A loop over displays, its condition, and what it does.
fn displays(over: &str, test: &str) -> String {
    format!(
        "for i in {over}; do\n  if {test}; then\n    GPU=\"${{i%/boot_vga}}\"\n    \
         AUDIO=\"$(echo \"$GPU\" | sed -e \"s/0$/1/\")\"\n    echo vfio-pci > \"$GPU/driver_override\"\n    \
         if [ -d \"$AUDIO\" ]; then\n      echo vfio-pci > \"$AUDIO/driver_override\"\n    fi\n  fi\ndone\nmodprobe -i vfio-pci\n"
    )
}

#[test]
fn displays_other_than_the_boot_display_are_secondary_gpus_and_nothing_else_is() {
    let all = "/sys/bus/pci/devices/*/boot_vga";
    for (over, test) in [
        (all, "[ $(cat \"$i\") -eq 0 ]"),
        (all, "[ \"$(cat $i)\" = 0 ]"),
        (all, "[[ $(<$i) == 0 ]]"),
        (all, "[ \"$(cat $i)\" != \"1\" ]"),
        (all, "! [ $(cat $i) -eq 1 ]"),
        (
            "$(find /sys/devices/pci* -name boot_vga)",
            "[ $(cat \"$i\") -eq 0 ]",
        ),
    ] {
        assert_eq!(
            seen(&displays(over, test)),
            "secondary-gpus",
            "{over} {test}"
        );
    }
    for test in [
        "[ $(cat $i) -eq 1 ]",
        "[ \"$(cat $i)\" != 0 ]",
        "true",
        "[ $(cat $i) -ge 0 ]",
    ] {
        assert_eq!(seen(&displays(all, test)), "lost: BootDisplay", "{test}");
    }
    for over in [
        "/sys/devices/pci*/*/boot_vga",
        "/sys/devices/pci*/*/*/boot_vga",
        "/sys/bus/pci/devices/0000:0*/boot_vga",
        "$(find /sys/devices/pci* -maxdepth 3 -name boot_vga)",
        "$(find /sys/devices/pci0000:00 -name boot_vga)",
    ] {
        let seen = seen(&displays(over, "[ $(cat $i) -eq 0 ]"));
        assert!(seen.starts_with("lost: "), "{over}: {seen}");
    }
    let outside = "D=$(find /sys/devices/pci* -name boot_vga)\necho vfio-pci > ${D%/boot_vga}/driver_override\n";
    assert_eq!(seen(outside), "lost: Value");
    // The first one only.
    let first = displays(all, "[ $(cat $i) -eq 0 ]").replace("  fi\ndone", "  break\n  fi\ndone");
    assert_eq!(seen(&first), "lost: Loop");
    let skipped = "for flag in /sys/bus/pci/devices/*/boot_vga; do\n [ \"$(cat \"$flag\")\" -eq 0 ] || continue\n card=${flag%/boot_vga}\n for part in \"$card\" \"${card%0}1\"; do\n [ -e \"$part/driver_override\" ] && echo vfio-pci > \"$part/driver_override\"\n done\ndone\n";
    assert_eq!(seen(skipped), "secondary-gpus");
    assert_eq!(
        seen(&skipped.replace("-eq 0", "-eq 1")),
        "lost: BootDisplay"
    );
}
