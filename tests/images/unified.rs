//! Unified kernel images, which UEFI firmware starts: kernel, command line and images are one file.
//!
//! The same claims as in `claims_first.rs`, by the generator's image that has us in it, and by the universal image in
//! front of a stock one. Firmware leaves a framebuffer on the display that is claimed.

use crate::claims_first::claims_first;
use crate::generator::Generator;
use crate::harness::store::Kernel;

#[test]
fn the_image_of_a_generator_claims_in_it() {
    claims_first(Kernel::Trixie, Generator::DracutSystemd)
        .unified()
        .run();
}

#[test]
fn the_universal_image_claims_in_it() {
    claims_first(Kernel::Trixie, Generator::DracutSystemd)
        .universal(Kernel::Trixie)
        .unified()
        .run();
}
