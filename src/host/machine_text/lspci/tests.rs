use super::*;
use crate::pci::Class;
use proptest::prelude::*;

const PORT: &str = "PCI bridge [0604]: Red Hat, Inc. Root port [1b36:000c]\n\tControl: I/O+\n";

/// The path of the last device of a text.
fn last_path(text: &str) -> String {
    let machine = parse(text).unwrap();
    let path = machine.bus.devices.last().unwrap().path.as_ref();
    path.map_or_else(|| "-".to_owned(), ToString::to_string)
}

#[test]
fn a_path_is_known_where_every_bridge_on_the_way_is() {
    let port = |address: &str, buses: &str| {
        format!("{address} {PORT}\tBus: primary=00, {buses}, sec-latency=0\n")
    };
    let disk = |address: &str| {
        format!("{address} Disk [0108]: X [1b36:0010] (prog-if 02 [NVM Express])\n")
    };
    let first = port("00:00.0", "secondary=00, subordinate=00");
    let one = port("00:01.0", "secondary=01, subordinate=03");
    let two = port("01:00.0", "secondary=02, subordinate=02");
    for (text, wanted) in [
        (
            format!("{one}{two}{}", disk("02:00.0")),
            "0000:00:01.0/00.0/00.0",
        ),
        (format!("{one}{}", disk("02:00.0")), "-"),
        (format!("{first}{one}{}", disk("03:10.0")), "-"),
        (format!("{one}{}", disk("20:00.0")), "-"),
        (format!("{first}{one}{}", disk("20:00.0")), "0000:20:00.0"),
        (
            format!("{first}{one}{}", disk("10000:e1:00.0")),
            "10000:e1:00.0",
        ),
        (port("05:00.0", "secondary=05, subordinate=05"), "-"),
    ] {
        assert_eq!(last_path(&text), wanted, "{text}");
    }
}

#[test]
fn the_last_pair_in_brackets_is_the_id_and_no_group_or_driver_is_unknown() {
    let text = "01:00.0 VGA compatible controller [0300]: NVIDIA GF114 [GeForce GTX 560 Ti] [10de:1200] (rev a1) \
                (prog-if 00 [VGA controller])\r\n\tSubsystem: Gigabyte [1458:3510]\r\n\tFlags: bus master\r\n";
    let machine = parse(text).unwrap();
    let device = &machine.bus.devices[0];
    assert_eq!(
        (device.id.to_string(), device.class),
        ("10de:1200".to_owned(), Class(0x03_0000))
    );
    assert_eq!((device.id.subvendor, device.id.subdevice), (0x1458, 0x3510));
    assert!(machine.unknown.groups && machine.unknown.drivers);
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(0[01]:00\\.[0-7] (C \\[0604\\]: D \\[1b36:000c\\]|.{0,9})\n(\t.{0,5}|\tBus: .{0,4}secondary=0[0-2], subordinate=0[0-9a-f]|\tControl: x)?\n){0,6}") {
        let _ = parse(&text);
    }
}
