//! A whole Debian behind the image: its own udev triggers all devices once more, its systemd loads modules once more.

use crate::claims_first::claims_first;
use crate::generator::Generator;
use crate::harness::store::Kernel;

#[test]
fn the_claim_outlasts_the_coldplug_of_the_real_root() {
    claims_first(Kernel::Bookworm, Generator::InitramfsTools)
        .into_debian()
        .run();
}
