//! libvirt in a booted Debian: it sees what is claimed, and starts a domain with what `vfio-early export libvirt` prints.
//!
//! The domain is a machine inside the machine. `make libvirt` runs this; it takes minutes.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::facts::facts;
use crate::harness::store::Kernel;

/// Without acceleration: there is none in an emulated machine. Its only firmware is SeaBIOS, which finds nothing to boot.
const SCRIPT: &str = "
    cd /tmp
    virsh nodedev-dumpxml pci_0000_00_04_0 >disk.xml 2>&1 || cat disk.xml
    virsh nodedev-dumpxml pci_0000_00_06_0 >card.xml 2>&1 || cat card.xml
    virsh nodedev-dumpxml pci_0000_00_05_0 >twin.xml 2>&1 || cat twin.xml
    grep -h -A1 '<driver>' disk.xml card.xml twin.xml
    {
        echo \"<domain type='qemu'><name>guest</name><memory unit='MiB'>128</memory>\"
        echo \"<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\"
        vfio-early export libvirt
        echo '</devices></domain>'
    } >guest.xml
    virsh define guest.xml 2>&1
    virsh start guest 2>&1
    virsh domstate guest 2>&1
    virsh dumpxml guest | grep -c \"managed='no'\"
    vfio-early status --json
    virsh destroy guest 2>&1
    vfio-early status --json
    tail -n 3 /var/log/libvirt/qemu/guest.log
";

#[test]
#[ignore = "make libvirt runs it"]
fn a_domain_starts_with_what_is_claimed() {
    let seen = Cell::of(Kernel::Bookworm, Generator::InitramfsTools)
        .into_libvirt()
        .cmdline("vfio-early.ids=00:04.0,00:06.0")
        .expect([("0000:00:04.0", "vfio-pci"), ("0000:00:06.0", "vfio-pci")])
        .script(SCRIPT)
        .run()
        .seen;
    let facts = facts(&seen, &[]);
    let count = |words: &str| facts.iter().filter(|line| line.contains(words)).count();
    for (words, times) in [
        ("<name>vfio-pci</name>", 2),
        ("<name>nvme</name>", 1),
        ("Domain 'guest' defined from guest.xml", 1),
        ("Domain 'guest' started", 1),
        ("running", 1),
        ("ours 0000:00:04.0 on vfio-pci", 2),
        ("ours 0000:00:04.0 on vfio-pci; used by qemu-system-x86", 1),
        ("ours 0000:00:06.0 on vfio-pci", 2),
        ("ours 0000:00:06.0 on vfio-pci; used by qemu-system-x86", 1),
    ] {
        assert_eq!(count(words), times, "{words}: {facts:#?}");
    }
}
