//! The files through which a device is prepared: what it offers.

use vfio_early::pci::{Details, Device, Id};

use super::Tree;

impl Tree {
    /// The files of a device at `dir`.
    pub fn preparations(&mut self, dir: &str, device: &Device, details: &Details) {
        self.file(format!("{dir}/d3cold_allowed"), "1\n");
        self.file(format!("{dir}/power/control"), "on\n");
        self.file(format!("{dir}/enable"), "0\n");
        if let Some(methods) = &details.reset_methods {
            self.file(format!("{dir}/reset_method"), format!("{methods}\n"));
        }
        if details.rom {
            self.file(format!("{dir}/rom"), rom(device.id));
        }
        for one in &details.resizable {
            let path = format!("{dir}/resource{}_resize", one.bar);
            self.file(path, format!("{:016x}\n", one.sizes));
        }
        if !details.resizable.is_empty() {
            let size = |bar: u8| details.resizable.iter().find(|one| one.bar == bar);
            let line = |bar| resource(size(bar).map(|one| one.sizes.trailing_zeros()));
            self.file(
                format!("{dir}/resource"),
                (0..6).map(line).collect::<String>(),
            );
        }
    }
}

/// A line of `resource`, of a register of this size.
pub fn resource(bit: Option<u32>) -> String {
    let (start, end, flags) = match bit {
        Some(bit) => (
            1_u64 << 40,
            (1_u64 << 40) + (1 << (bit + 20)) - 1,
            0x14_220c,
        ),
        None => (0, 0, 0),
    };
    format!("{start:#018x} {end:#018x} {flags:#018x}\n")
}

/// A ROM of one image, of 512 bytes, for the device with this id.
pub fn rom(id: Id) -> Vec<u8> {
    let mut rom = vec![0; 512];
    rom[..3].copy_from_slice(b"\x55\xaa\x01");
    rom[0x18] = 0x1c;
    rom[0x1c..0x20].copy_from_slice(b"PCIR");
    rom[0x20..0x22].copy_from_slice(&id.vendor.to_le_bytes());
    rom[0x22..0x24].copy_from_slice(&id.device.to_le_bytes());
    rom[0x2c] = 1;
    rom[0x31] = 0x80;
    rom
}
