//! `make demo`: boots a machine with devices worth passing through and shows who has them before and after the claim.
//!
//! Two identical disks, a graphics card with its audio function, a network card, a USB controller; one disk by
//! identity, the card with all its functions, the network card by id. The rest must stay with the host.

// It may stop at the first surprise, and it writes its own files. It uses the half of the harness it needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]
#![allow(dead_code)]

mod harness;

use std::process::ExitCode;

use harness::Boot;
use harness::machine::{E1000E, HDA, NVME, VGA, XHCI, port};
use harness::seen::{Function, Seen};
use harness::store::{Kernel, target};

const CMDLINE: &str = "vfio-early.ids=1b36:0010@00:04.0/00.0,1234:1111+functions,8086:10d3";

fn main() -> ExitCode {
    let kernel = Kernel::Bookworm.release();
    println!(
        "Debian's Linux {kernel} boots on an emulated machine with an Intel IOMMU. Its command line says\n"
    );
    println!("  {CMDLINE}\n");
    let log = target().join("boot/demo.log");
    let disks = [port("00:03.0", &[NVME]), port("00:04.0", &[NVME])];
    let others = [
        port("00:05.0", &[VGA, HDA]),
        E1000E.at("00:06.0"),
        XHCI.at("00:07.0"),
    ];
    let boot = Boot::with(disks.into_iter().chain(others))
        .cmdline(CMDLINE)
        .expect([
            ("0000:01:00.0", "nvme"),
            ("0000:02:00.0", "vfio-pci"),
            ("0000:03:00.0", "vfio-pci"),
            ("0000:03:00.1", "vfio-pci"),
            ("0000:00:06.0", "vfio-pci"),
            ("0000:00:07.0", "xhci_hcd"),
        ]);
    let (end, seen) = boot.boot(&log);
    show(&seen);
    let faults = boot.faults(end, &seen);
    if faults.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "\nNot as it should be; the whole log is {}:\n  {}",
        log.display(),
        faults.join("\n  ")
    );
    ExitCode::FAILURE
}

fn show(seen: &Seen) {
    println!(
        "  {:12}  {:9}  {:18}  {:>5}  {:12}  {:12}  at the end",
        "address", "id", "device", "group", "at boot", "after claim"
    );
    for (address, function) in &seen.after {
        let driver = |function: Option<&Function>| {
            function
                .and_then(|function| function.driver.clone())
                .unwrap_or_else(|| "-".to_owned())
        };
        println!(
            "{} {address:12}  {:9}  {:18}  {:>5}  {:12}  {:12}  {}",
            if driver(Some(function)) == "vfio-pci" {
                "*"
            } else {
                " "
            },
            function.id,
            kind(&function.class),
            function.group.as_deref().unwrap_or("-"),
            driver(seen.before.get(address)),
            driver(seen.claimed.get(address)),
            driver(Some(function)),
        );
    }
    println!(
        "\n* claimed. The host drivers were loaded between the last two columns.\n\nWhat vfio-early wrote to the kernel log:\n"
    );
    for line in seen.spoken() {
        println!("  {line}");
    }
}

fn kind(class: &str) -> &'static str {
    match class.get(..4).unwrap_or_default() {
        "0106" => "SATA controller",
        "0108" => "NVMe disk",
        "0200" => "network card",
        "0300" => "graphics card",
        "0403" => "audio function",
        "0600" => "host bridge",
        "0601" => "ISA bridge",
        "0604" => "PCI bridge",
        "0c03" => "USB controller",
        "0c05" => "SMBus controller",
        _ => "other",
    }
}
