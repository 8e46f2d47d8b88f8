//! A big machine: as many functions as the emulator boots in reasonable time.

use crate::harness::machine::{TESTDEV, XHCI, port, slot};
use crate::harness::{Boot, code};

const CARDS: std::ops::RangeInclusive<u32> = 0x05..=0x1d;
const PORTS: std::ops::RangeInclusive<u32> = 0x02..=0x04;

#[test]
fn a_machine_of_250_functions_is_claimed_by_several_selectors() {
    let cards = CARDS.map(|card| slot(&format!("00:{card:02x}"), &[TESTDEV; 8]));
    let ports =
        PORTS.flat_map(|slot| (0..8).map(move |function| format!("00:{slot:02x}.{function}")));
    let claimed: Vec<String> = claimed_cards().chain(claimed_controllers()).collect();
    let seen = Boot::with(ports.map(|address| port(&address, &[XHCI])).chain(cards))
        .limit(240)
        .cmdline("vfio-early.ids=1b36:0005,class:usb vfio-early.exclude=00:1d.*,00:04.7/00.0")
        .expect(claimed.iter().map(|address| (address.as_str(), "vfio-pci")))
        .expect([("0000:18:00.0", "xhci_hcd")])
        .warns(code::DUPLICATE_ID)
        .run();
    assert!(seen.before.len() >= 250, "{} functions", seen.before.len());
}

/// All functions of all cards but the last, which is excluded.
fn claimed_cards() -> impl Iterator<Item = String> {
    let cards = CARDS.filter(|card| card != CARDS.end());
    cards.flat_map(|card| (0..8).map(move |function| format!("0000:00:{card:02x}.{function}")))
}

/// The controllers behind the 24 ports, one bus each; the last one is excluded.
fn claimed_controllers() -> impl Iterator<Item = String> {
    (1..24).map(|bus| format!("0000:{bus:02x}:00.0"))
}
