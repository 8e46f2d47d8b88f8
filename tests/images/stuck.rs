//! systemd leaves the initramfs while an unbind is stuck in the kernel: it ends all processes but those that are marked to survive.
//!
//! nvme is loaded before the claim, and what is then read from one disk does not come before the real root lifts the limit.

use crate::cell::Cell;
use crate::generator::Generator;
use crate::harness::code;
use crate::harness::hotplug::{monitor, plugging, waiting};
use crate::harness::machine::{E1000E, NVME};
use crate::harness::store::Kernel;

const BUSYBOX: &str = "/test/busybox";
const DISK: &str = "0000:00:0b.0";

/// A unit of the image that comes before the claim.
const BUSY: (&str, &str) = (
    "etc/systemd/system/busy.service",
    "[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'modprobe nvme; sleep 2; for disk in /dev/nvme*n1; do cat $disk >/dev/null & done; sleep 4'
KillMode=process
",
);
const FIRST: (&str, &str) = (
    "etc/systemd/system/vfio-early.service.d/busy.conf",
    "[Unit]\nWants=busy.service\nAfter=busy.service\n",
);

/// Counts the processes behind what is stuck: one waits for the unbind, one to give the disk back.
const HELPERS: &str = "helpers() { busybox ps | busybox grep -c '[@]vfio-early'; }\n";
const LIMIT: &str = "block_set_io_throttle disk-pcie-0-0b-0 0 0 0 0 0 0";
const ENDED: &str = "
tries=0
until [ \"$(helpers)\" = 0 ] || [ $tries -ge 60 ]; do tries=$((tries + 1)); busybox sleep 1; done
echo \"helpers in the end: $(helpers)\" >>/test/helpers
";

#[test]
fn dracut_with_systemd_on_trixie() {
    let first = [
        HELPERS,
        "echo \"helpers: $(helpers)\" >/test/helpers\n",
        &plugging(BUSYBOX, &[LIMIT]),
        ENDED,
        &waiting(BUSYBOX, DISK, "nvme"),
    ];
    let seen = Cell::of(Kernel::Trixie, Generator::DracutSystemd)
        .device(NVME.dragging(256 << 10, "00:0b.0"))
        .device(E1000E.at("00:0c.0"))
        .device(monitor())
        .file(BUSY.0, BUSY.1)
        .file(FIRST.0, FIRST.1)
        .cmdline("vfio-early.ids=00:0b.0,00:0c.0 vfio-early.timeout=1000 nvme_core.io_timeout=400")
        .first(&first.concat())
        .script("busybox cat /test/helpers")
        .expect([(DISK, "nvme"), ("0000:00:0c.0", "vfio-pci")])
        .held(DISK, "nvme")
        .fails(DISK, code::UNBIND_TIMEOUT)
        .run()
        .seen;
    for line in ["helpers: 2", "helpers in the end: 0"] {
        let mut lines = seen.script.iter();
        assert!(lines.any(|seen| seen == line), "{:?}", seen.script);
    }
}
