//! Variants of vfio-pci, chosen by the aliases of modules.
//!
//! No emulated device has a variant of its own, so the images have aliases that name modules which every kernel has, and
//! which are not called what their drivers are called.

use crate::harness::machine::{E1000E, HDA, NVME};
use crate::harness::store::Kernel;
use crate::harness::{Boot, code};

const ALIASES: &str = "\
alias pci:v00001B36d00000010sv*sd*bc*sc*i* nvme
alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci
alias vfio_pci:v00001B36d*sv*sd*bc*sc*i* vfio_pci
alias vfio_pci:v00001B36d00000010sv*sd*bc*sc*i* pci_stub
alias vfio_pci:v00008086d000010D3sv*sd*bc*sc*i* vfio_pci
alias vfio_pci:v00008086d00002668sv*sd*bc*sc*i* absent_vfio_pci
";

#[test]
fn a_driver_is_chosen_by_alias_and_found_by_its_module() {
    for kernel in [Kernel::Bookworm, Kernel::Trixie] {
        let path = format!("/lib/modules/{}/modules.alias", kernel.release());
        let devices = [NVME.at("00:04.0"), E1000E.at("00:05.0"), HDA.at("00:06.0")];
        let seen = Boot::with(devices)
            .kernel(kernel)
            .file(&path, ALIASES)
            .cmdline("vfio-early.ids=00:04.0,00:05.0,00:06.0")
            .held([("0000:00:05.0", "e1000e")])
            .expect([
                ("0000:00:04.0", "pci-stub"),
                ("0000:00:05.0", "vfio-pci"),
                ("0000:00:06.0", "vfio-pci"),
            ])
            .warns(code::VARIANT_MISSING)
            .names("absent_vfio_pci")
            .run();
        let wanted = seen.device("0000:00:04.0").unwrap()["driver_wanted"].clone();
        assert_eq!(wanted, "pci-stub");
    }
}
