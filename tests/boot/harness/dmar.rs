//! A firmware table that keeps memory for a device, which no emulated firmware does.
//!
//! Source: Intel's VT-d specification, chapter 8; Documentation/admin-guide/acpi/initrd_table_override.rst: a file
//! below [`DIRECTORY`] in the image replaces the table of the same maker and an older revision.

/// Where the kernel looks for tables in the image.
pub(crate) const DIRECTORY: &str = "/kernel/firmware/acpi";

/// QEMU's table of the q35 machine, one revision on, with the memory from `start` to `end` kept for the device in `slot` of
/// the root bus.
pub(crate) fn table(slot: u8, start: u64, end: u64) -> Vec<u8> {
    // An address width of 39 bits, interrupts can be remapped, nothing else.
    let mut body = vec![38, 1];
    body.extend([0; 10]);
    // The one IOMMU, for all devices; it remaps the interrupts of the IO-APIC too.
    body.extend([0, 0, 24, 0, 1, 0, 0, 0]);
    body.extend(0xfed9_0000_u64.to_le_bytes());
    body.extend([3, 8, 0, 0, 0, 0xff, 0, 0]);
    // The memory, and whose it is: a function on bus 0.
    body.extend([1, 0, 32, 0, 0, 0, 0, 0]);
    body.extend(start.to_le_bytes());
    body.extend(end.to_le_bytes());
    body.extend([1, 8, 0, 0, 0, 0, slot, 0]);

    let length = u32::try_from(36 + body.len()).unwrap();
    let mut table = b"DMAR".to_vec();
    table.extend(length.to_le_bytes());
    table.extend([1, 0]);
    table.extend(b"BOCHS BXPC    ");
    table.extend(2_u32.to_le_bytes());
    table.extend(b"BXPC");
    table.extend(1_u32.to_le_bytes());
    table.extend(body);
    let sum = table.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    table[9] = sum.wrapping_neg();
    table
}
