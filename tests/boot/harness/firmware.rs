//! The firmware of an emulated machine.
//!
//! Source: Debian's ovmf, /usr/share/doc/ovmf.

use std::fs;
use std::path::Path;

use super::store::firmware_file;

/// What runs before the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firmware {
    /// QEMU's own.
    SeaBios,
    /// UEFI. A boot takes about six seconds longer.
    Ovmf,
}

impl Firmware {
    /// QEMU's arguments; a UEFI machine keeps its variables in `vars`, which is made anew unless it `lasts`.
    pub(crate) fn arguments(self, vars: &Path, lasts: bool) -> Vec<String> {
        match self {
            Self::SeaBios => Vec::new(),
            Self::Ovmf => {
                if !lasts {
                    fs::copy(firmware_file("OVMF_VARS_4M.fd"), vars).unwrap();
                }
                let flash = |unit, options, file: &Path| {
                    let file = file.display();
                    format!("if=pflash,format=raw,unit={unit}{options},file={file}")
                };
                let code = flash(0, ",readonly=on", &firmware_file("OVMF_CODE_4M.fd"));
                [
                    "-drive".to_owned(),
                    code,
                    "-drive".to_owned(),
                    flash(1, "", vars),
                ]
                .into()
            }
        }
    }
}
