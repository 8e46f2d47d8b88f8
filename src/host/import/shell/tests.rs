//! Scripts as people write them, and what each does to devices.
#![allow(clippy::disallowed_methods, reason = "a test writes its own files")]

use super::super::files::Files;
use super::super::old_setting::{Fate, SettingPlace};
use super::super::reason::{Removal, Why};
use super::super::script::script;
use super::{Caller, ObstacleKind};
use crate::sys::Root;

const CARD: &str = "0000:01:00.0,0000:01:00.1";

/// What is carried over of a script, or why it is not.
pub(super) fn seen(text: &str) -> String {
    let place = SettingPlace::File("/sbin/x".to_owned());
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("etc")).unwrap();
    std::fs::write(dir.path().join("etc/cards"), "0000:01:00.0\n0000:01:00.1\n").unwrap();
    let root = Root::at(dir.path());
    let files = Files::new(&root);
    let Some(old) = script(&place, text, Caller::Program, Removal::Script, &files) else {
        return "nothing".to_owned();
    };
    let lost = old.fates.iter().find_map(|fate| match fate {
        Fate::NotCarried {
            why: Why::Script(obstacle),
            ..
        } => Some(match &obstacle.kind {
            ObstacleKind::Command(name) => format!("lost: command {name}"),
            kind => format!("lost: {kind:?}"),
        }),
        Fate::NotCarried { why, .. } => Some(format!("lost: {why}")),
        Fate::Carried(_) | Fate::Note(_) => None,
    });
    let settings: Vec<&str> = old.settings().map(|new| new.value.as_str()).collect();
    lost.unwrap_or_else(|| settings.join(","))
}

fn check(rows: &[(&str, &str)]) {
    for (text, wanted) in rows {
        assert_eq!(seen(text), *wanted, "{text}");
    }
}

/// A loop over `list` that gives each device of it to vfio-pci.
fn over(list: &str) -> String {
    format!("for d in {list}; do echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done\n")
}

#[test]
fn lists_of_every_form_are_read_whole() {
    for head in [
        "DEVS=\"0000:01:00.0 0000:01:00.1\"\n",
        "devs='0000:01:00.0 0000:01:00.1' # the card\n",
        "DEVS=0000:01:00.0\nDEVS=\"$DEVS 0000:01:00.1\"\n",
        "DEVS=0000:01:00.0\nDEVS+=' 0000:01:00.1'\n",
        "DEVS=\"\n0000:01:00.0\n  0000:01:00.1\n\"\n",
        "DEVS=\"0000:01:00.0 \\\n  0000:01:00.1\"\n",
        "A=0000:01:00.0\nB=${A%.*}.1\nDEVS=\"$A ${B}\"\n",
        "export DEVS=\"0000:01:00.0 0000:01:00.1\"\n",
        "DEVS=$(cat /etc/cards)\n",
        "DEVS=`cat /etc/cards`\n",
    ] {
        let name = if head.contains("devs") {
            "$devs"
        } else {
            "$DEVS"
        };
        assert_eq!(seen(&format!("{head}{}", over(name))), CARD, "{head}");
    }
    for list in [
        "0000:01:00.0 0000:01:00.1",
        "\\\n 0000:01:00.0 \\\n 0000:01:00.1",
        "$(echo 0000:01:00.0 0000:01:00.1)",
    ] {
        assert_eq!(seen(&over(list)), CARD, "{list}");
    }
    let array = "GPU=(\n  0000:01:00.0 # display\n  0000:01:00.1\n)\n";
    assert_eq!(
        seen(&format!("#!/bin/bash\n{array}{}", over("\"${GPU[@]}\""))),
        CARD
    );
    let grown = "GPU=(0000:01:00.0)\nGPU+=(0000:01:00.1)\n";
    assert_eq!(
        seen(&format!("#!/bin/bash\n{grown}{}", over("${GPU[*]}"))),
        CARD
    );
    let braces = over("0000:01:00.{0,1}");
    assert_eq!(seen(&format!("#!/bin/bash\n{braces}")), CARD);
    assert_eq!(seen(&braces), "lost: Syntax");
    let split = over("$DEVS");
    assert_eq!(
        seen(&format!("IFS=,\nDEVS=0000:01:00.0,0000:01:00.1\n{split}")),
        CARD
    );
}

#[test]
fn each_way_to_give_a_device_to_a_driver_is_known() {
    check(&[
        (
            "echo vfio-pci | tee /sys/bus/pci/devices/0000:01:00.0/driver_override >/dev/null",
            "0000:01:00.0",
        ),
        (
            "printf '%s\\n' vfio-pci > \"/sys/bus/pci/devices/0000:01:00.0/driver_override\"",
            "0000:01:00.0",
        ),
        (
            "echo pci-stub > /sys/bus/pci/devices/0000:01:00.0/driver_override",
            "0000:01:00.0,pci-stub@0000:01:00.0",
        ),
        (
            "echo vfio-pci > /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/driver_override",
            "0000:01:00.0",
        ),
        (
            "echo 0000:01:00.0 > /sys/bus/pci/drivers/vfio-pci/bind",
            "0000:01:00.0",
        ),
        (
            "echo 10de 1b81 > /sys/bus/pci/drivers/vfio-pci/new_id",
            "10de:1b81",
        ),
        (
            "echo '0x10de 0x1b81' > /sys/bus/pci/drivers/vfio-pci/new_id",
            "10de:1b81",
        ),
        (
            "echo 0000:07:00.0 > /sys/bus/pci/devices/0000:07:00.0/driver/unbind\necho 1102 0012 > /sys/bus/pci/drivers/vfio-pci/new_id",
            "1102:0012@0000:07:00.0",
        ),
        (
            "modprobe vfio-pci ids=10de:1b81,10de:10f0 disable_vga=1",
            "10de:1b81,10de:10f0",
        ),
        ("/sbin/modprobe -i vfio_pci ids=\"10de:1b81\"", "10de:1b81"),
        (
            "driverctl --nosave set-override 0000:01:00.0 vfio-pci",
            "0000:01:00.0",
        ),
        (
            "sudo sh -c 'echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override'",
            "0000:01:00.0",
        ),
        ("virsh nodedev-detach pci_0000_01_00_0", "0000:01:00.0"),
        ("xl pci-assignable-add 01:00.0", "0000:01:00.0"),
        (
            "echo 0000:01:00.0 > /sys/bus/pci/drivers/pciback/new_slot\necho 0000:01:00.0 > /sys/bus/pci/drivers/pciback/bind",
            "0000:01:00.0",
        ),
        (
            "for f in /sys/bus/pci/devices/0000:01:00.*; do echo vfio-pci > $f/driver_override; done",
            "0000:01:00.*",
        ),
        (
            "for d in /sys/bus/pci/devices/0000:01:00.0/iommu_group/devices/*; do\n echo vfio-pci > $d/driver_override\ndone",
            "0000:01:00.0+group",
        ),
        (
            "echo 4 > /sys/bus/pci/devices/0000:01:00.0/sriov_numvfs # vfio-pci",
            "4@0000:01:00.0",
        ),
        (
            "while read -r d; do echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done </etc/cards",
            CARD,
        ),
        (
            "cat /etc/cards | while read d; do echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done",
            CARD,
        ),
        (
            "while read d; do echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done <<EOF\n0000:01:00.0\n0000:01:00.1\nEOF\n",
            CARD,
        ),
        (
            "grab() {\n  echo vfio-pci > /sys/bus/pci/devices/$1/driver_override\n}\ngrab 0000:01:00.0\ngrab 0000:01:00.1\n",
            CARD,
        ),
        (
            "bind() { v=$(cat /sys/bus/pci/devices/$1/vendor); d=$(cat /sys/bus/pci/devices/$1/device)\n [ -e /sys/bus/pci/devices/$1/driver ] && echo $1 > /sys/bus/pci/devices/$1/driver/unbind\n echo $v $d > /sys/bus/pci/drivers/vfio-pci/new_id; }\nbind 0000:01:00.0",
            "0000:01:00.0",
        ),
        ("modprobe vfio-pci\nexit 0", "nothing"),
    ]);
}

#[test]
fn conditions_that_hold_on_any_machine_are_followed_and_others_are_not_guessed() {
    let take = "echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override";
    let with = |head: &str, tail: &str| seen(&format!("{head}{take}{tail}\n"));
    for (head, tail) in [
        ("[ \"$1\" = prereqs ] && { echo; exit 0; }\n", ""),
        ("case $1 in\nprereqs) echo; exit 0;;\nesac\n", ""),
        (
            "prereqs() { echo; }\ncase \"$1\" in prereqs) prereqs; exit 0 ;; esac\n",
            "",
        ),
        ("if [ -n \"$(ls -A /sys/class/iommu)\" ]; then ", "; fi"),
        ("[ -e /sys/bus/pci/devices/0000:01:00.0 ] || exit 0\n", ""),
        ("[ \"$(id -u)\" -ne 0 ] && exit 1\n", ""),
        ("lsmod | grep -q vfio_pci || modprobe vfio-pci\n", ""),
        (
            "if [ -L /sys/bus/pci/devices/0000:01:00.0/driver ]; then\necho 0000:01:00.0 > /sys/bus/pci/devices/0000:01:00.0/driver/unbind\nfi\n",
            "",
        ),
        ("", "\nping -c1 host || exit 1"),
        ("set -e\nmodprobe vfio-pci || exit 1\n", ""),
    ] {
        assert_eq!(with(head, tail), "0000:01:00.0", "{head}");
    }
    for (head, tail) in [
        ("grep -q novfio /proc/cmdline && exit 0\n", ""),
        ("if [ \"$(hostname)\" = tower ]; then ", "; fi"),
        ("case $(cat /proc/cmdline) in *passthrough*) ", ";; esac"),
        ("lspci -nns 01:00.0 | grep -q 10de && ", ""),
        ("[ -e /etc/novfio ] || ", ""),
    ] {
        assert_eq!(with(head, tail), "lost: Condition", "{head}");
    }
}

#[test]
fn values_that_are_not_known_name_no_device() {
    check(&[
        (
            "for d in $(lspci -Dd 10de: | cut -d' ' -f1); do echo vfio-pci > /sys/bus/pci/devices/$d/driver_override; done",
            "lost: Value",
        ),
        (
            "echo vfio-pci > /sys/bus/pci/devices/$CARD/driver_override",
            "lost: Value",
        ),
        (
            "echo vfio-pci > /sys/bus/pci/devices/01:00.0/driver_override",
            "lost: Value",
        ),
        (
            "for d in /sys/bus/pci/devices/*; do [ $(cat $d/class) = 0x030000 ] && echo vfio-pci > $d/driver_override; done",
            "lost: Pattern(\"/sys/bus/pci/devices/*\")",
        ),
        (
            "for d in /sys/kernel/iommu_groups/13/devices/*; do echo vfio-pci > $d/driver_override; done",
            "lost: Pattern(\"/sys/kernel/iommu_groups/13/devices/*\")",
        ),
        (
            "for d in $(cat /proc/cmdline); do case $d in cards=*) for c in ${d#cards=}; do echo vfio-pci > /sys/bus/pci/devices/$c/driver_override; done;; esac; done",
            "lost: Value",
        ),
        (
            "/usr/local/sbin/vfio-grab 0000:01:00.0",
            "lost: command /usr/local/sbin/vfio-grab",
        ),
        (
            "python3 /opt/claim.py 0000:01:00.0 # vfio-pci\nmodprobe vfio-pci",
            "lost: command python3",
        ),
        ("eval \"$X\"\nmodprobe vfio-pci", "lost: command eval"),
        (
            "echo nvidia > /sys/bus/pci/devices/0000:01:00.0/driver_override",
            "lost: HostDriver(\"nvidia\")",
        ),
        (
            "echo 'options vfio-pci ids=10de:1b81' > $initdir/etc/modprobe.d/vfio.conf",
            "lost: Value",
        ),
        (
            "declare -A CARDS=([a]=0000:01:00.0)\nmodprobe vfio-pci",
            "lost: Syntax",
        ),
        ("if true; then modprobe vfio-pci", "lost: Syntax"),
    ]);
}

#[test]
fn no_script_makes_the_reader_hang() {
    let deep = "( ".repeat(2000);
    let grown = "a=x\nwhile true; do a=$a$a; done\n".repeat(40);
    let nested = "if x; then a=1; else a=2; fi; ".repeat(3000);
    for text in [
        deep,
        grown,
        nested,
        "for i in 1 2 3 4 5 6 7 8 9; do ".repeat(30),
    ] {
        assert!(seen(&format!("modprobe vfio-pci\n{text}")).len() < 200);
    }
    let twice = "x() { x; x; }\nx\nmodprobe vfio-pci";
    assert_eq!(seen(twice), "lost: Size");
}
