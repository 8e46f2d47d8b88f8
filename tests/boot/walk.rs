//! The README's walk from a check to a guest's card, word by word: each block of it is what its commands print in this
//! machine, and the line for the boot loader is what the second boot starts with.
//!
//! `UPDATE=1 cargo test --test boot walk::` writes the blocks anew; read the difference before you commit it.

use std::fs;

use crate::check::installed;
use crate::harness::Boot;
use crate::harness::machine::{E1000E, HDA, SECONDARY_VGA, VGA, port};
use crate::harness::store::{Kernel, source};

const HEAD: &str = "## From a check to a guest's card";

/// The part of pci.ids for this machine.
const NAMES: &str = "\
1b36  Red Hat, Inc.
\t000c  QEMU PCIe Root port
8086  Intel Corporation
\t10d3  82574L Gigabit Network Connection
\t2668  82801FB/FBM/FR/FW/FRW (ICH6 Family) High Definition Audio Controller
C 02  Network controller
\t00  Ethernet controller
C 03  Display controller
\t00  VGA compatible controller
\t80  Display controller
C 04  Multimedia controller
\t03  Audio device
C 06  Bridge
\t04  PCI bridge
";

/// The blocks of the section, without what stands around them.
fn blocks(text: &str) -> Vec<String> {
    let (_, section) = text.split_once(HEAD).expect("the README has the walk");
    let section = section.split("\n## ").next().unwrap_or(section);
    let inside = section.split("\n```").skip(1).step_by(2);
    inside
        .map(|block| block.trim_start_matches('\n').to_owned() + "\n")
        .collect()
}

/// The commands of a block.
fn commands(block: &str) -> Vec<&str> {
    block
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect()
}

/// The text without what differs from boot to boot, and from one kernel of the suite to the next: times, its release.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let inside = word
            .trim_end()
            .trim_start_matches('[')
            .trim_end_matches(']');
        let time = inside.split_once('.').is_some_and(|(whole, part)| {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits(whole) && digits(part)
        });
        match word.split_once("6.1.0-") {
            _ if time => plain.push_str(&word.replace(inside, "TIME")),
            Some((before, behind)) => {
                let end = behind.find("-amd64").unwrap_or(0);
                plain.extend([before, "RELEASE", &behind[end..]]);
            }
            None => plain.push_str(word),
        }
    }
    plain
}

/// What the commands of these blocks print in a machine that was started with `cmdline`: each block anew.
fn walked(blocks: &[&String], cmdline: &str, claimed: bool) -> Vec<String> {
    let scratch = tempfile::tempdir().unwrap();
    let card = port("00:04.0", &[SECONDARY_VGA, HDA]);
    let boot = Boot::with([VGA.at("00:02.0"), card, E1000E.at("00:05.0")]);
    let mut script = "export COLUMNS=100 NO_COLOR=1\n".to_owned();
    for block in blocks {
        script += "echo '== block'\n";
        for command in commands(block) {
            assert!(!command.contains('\''), "{command}");
            script += &format!("echo '$ {command}'\n{command} 2>&1\n");
        }
    }
    let drivers = if claimed {
        ["vfio-pci", "vfio-pci"]
    } else {
        ["bochs-drm", "snd_hda_intel"]
    };
    let mut boot = installed(boot, Kernel::Bookworm, "# nothing yet\n", &scratch)
        .file("/usr/share/misc/pci.ids", NAMES)
        .cmdline(cmdline)
        .script(&script)
        .expect([
            ("0000:00:02.0", "bochs-drm"),
            ("0000:00:05.0", "e1000e"),
            ("0000:01:00.0", drivers[0]),
            ("0000:01:00.1", drivers[1]),
        ]);
    if !claimed {
        boot = boot.without_report();
    }
    let text: String = boot
        .run()
        .script
        .iter()
        .map(|line| format!("{line}\n"))
        .collect();
    let parts = text.split("== block\n").skip(1);
    parts.map(str::to_owned).collect()
}

#[test]
fn the_readme_leads_from_a_check_to_a_guests_card() {
    let path = source("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let blocks = blocks(&readme);
    let grub = "GRUB_CMDLINE_LINUX=\"";
    let line = blocks
        .iter()
        .position(|block| block.starts_with(grub))
        .expect("a line for GRUB");
    let words = blocks[line]
        .trim_start_matches(grub)
        .trim_end()
        .trim_end_matches('"');
    let of = |blocks: &[String]| {
        blocks
            .iter()
            .filter(|block| block.starts_with("$ "))
            .cloned()
            .collect::<Vec<_>>()
    };
    let (before, after) = (of(&blocks[..line]), of(&blocks[line..]));
    let mut seen = walked(&before.iter().collect::<Vec<_>>(), "quiet", false);
    seen.extend(walked(&after.iter().collect::<Vec<_>>(), words, true));
    let mut wanted = [before, after].concat();
    if std::env::var_os("UPDATE").is_some() {
        let anew = wanted
            .iter()
            .zip(&seen)
            .fold(readme, |text, (old, new)| text.replacen(old, new, 1));
        fs::write(&path, anew).unwrap();
        wanted.clone_from(&seen);
    }
    let plain = |blocks: &[String]| blocks.iter().map(|block| plain(block)).collect::<Vec<_>>();
    assert_eq!(plain(&seen), plain(&wanted));
    let printed = wanted.concat();
    let printed: Vec<&str> = printed.split_whitespace().collect();
    assert!(
        printed.join(" ").contains(words),
        "explain gives the words: {words}"
    );
    assert!(seen.len() >= 5, "there are only {} blocks", seen.len());
}
