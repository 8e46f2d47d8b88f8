//! The display that the firmware booted on, by what a text contains of it.
//!
//! Source: `pci_fixup_video()` in Linux's arch/x86/pci/fixup.c, which gives that display's ROM the address c0000;
//! `vga_arbiter_add_pci_device()` in drivers/pci/vgaarb.c; "VGA Enable" in the PCI-to-PCI Bridge Architecture Specification.

use super::function::Function;
use super::place::{Functions, ORIGIN, bridges_above};
use crate::pci::Address;

/// The VGA controller that the machine booted on: the one with the ROM of the BIOS, the one that all bridges above forward
/// VGA accesses to, or the only one of a whole machine. `None` where the text does not show it.
pub(super) fn boot_display(functions: &Functions) -> Option<Address> {
    let vga = || functions.values().filter(|function| function.is_vga());
    only(vga().filter(|function| function.has_video_rom))
        .or_else(|| only(vga().filter(|function| is_forwarded(functions, function))))
        .or_else(|| only(vga()).filter(|_| functions.contains_key(&ORIGIN)))
}

/// The address of the one function there is.
fn only<'a>(mut found: impl Iterator<Item = &'a Function>) -> Option<Address> {
    let one = found.next()?.address;
    found.next().is_none().then_some(one)
}

/// Whether there are bridges above, and each forwards VGA accesses.
fn is_forwarded(functions: &Functions, function: &Function) -> bool {
    let bridges = bridges_above(functions, function.address);
    !bridges.is_empty() && bridges.iter().all(|bridge| bridge.forwards_vga)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::machine_text::lspci::function::Function;
    use crate::host::machine_text::lspci::line::head;

    fn function(line: &str, below: &[&str]) -> (Address, Function) {
        let head = head(line).unwrap();
        let mut function = Function::new(&head, None);
        for line in below {
            assert!(function.take(line).unwrap(), "{line}");
        }
        (head.address, function)
    }

    const ORIGIN_LINE: &str = "00:00.0 Host bridge [0600]: X [8086:591f]";
    const ONE: &str = "01:00.0 VGA compatible controller [0300]: X [10de:1c03]";
    const TWO: &str = "02:00.0 VGA compatible controller [0300]: X [1002:67df]";
    const ROM: &str = "Expansion ROM at 000c0000 [virtual] [disabled] [size=128K]";

    fn port(number: u8, vga: char) -> (Address, Function) {
        let line = format!("00:0{number}.0 PCI bridge [0604]: X [8086:1901]");
        let bus = format!("Bus: primary=00, secondary=0{number}, subordinate=0{number}");
        let control = format!("BridgeCtl: Parity- SERR+ NoISA- VGA{vga} VGA16+ MAbort-");
        function(&line, &[&bus, &control])
    }

    #[test]
    fn the_boot_display_is_known_where_the_text_shows_it() {
        let one = || function(ONE, &[]);
        let two = || function(TWO, &[]);
        let origin = || function(ORIGIN_LINE, &[]);
        for (functions, wanted) in [
            (vec![origin(), one()], Some("0000:01:00.0")),
            (vec![one()], None),
            (vec![origin(), one(), two()], None),
            (vec![one(), function(TWO, &[ROM])], Some("0000:02:00.0")),
            (vec![function(ONE, &[ROM]), function(TWO, &[ROM])], None),
            (
                vec![port(1, '-'), one(), port(2, '+'), two()],
                Some("0000:02:00.0"),
            ),
            (vec![port(1, '+'), one(), port(2, '+'), two()], None),
            (vec![port(1, '-'), one(), two()], None),
        ] {
            let functions: Functions = functions.into_iter().collect();
            let seen = boot_display(&functions).map(|address| address.to_string());
            assert_eq!(seen.as_deref(), wanted, "{functions:?}");
        }
    }
}
