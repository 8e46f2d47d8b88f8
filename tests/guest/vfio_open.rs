//! Opens a claimed PCI device through VFIO and reads it, as a virtual machine monitor does: claimed means usable.
//!
//! Container, group, IOMMU type 1, device; then config space and BAR 0 of an NVMe disk or a display, printed a line each.
//! With a number of seconds it keeps the device open for so long, as a running virtual machine does. The test
//! `claimed_means_usable` puts this program into its image. Source: Documentation/driver-api/vfio.rst; for BAR 0, NVM
//! Express Base Specification 3.1 (a controller's registers).

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use vfio_bindings::bindings::vfio::{VFIO_PCI_BAR0_REGION_INDEX, VFIO_PCI_CONFIG_REGION_INDEX};
use vfio_ioctls::{VfioContainer, VfioDevice};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let Some(address) = arguments.next() else {
        eprintln!("usage: vfio-open ADDRESS [SECONDS]");
        return ExitCode::from(1);
    };
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    match read(&address, Duration::from_secs(seconds.unwrap_or(0))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vfio-open: {address}: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(address: &str, keep: Duration) -> Result<(), Box<dyn Error>> {
    let container = Arc::new(VfioContainer::new(None)?);
    let device = VfioDevice::new(
        &Path::new("/sys/bus/pci/devices").join(address),
        container,
        false,
    )?;
    let config = |offset| word(&device, VFIO_PCI_CONFIG_REGION_INDEX, offset);
    println!(
        "vendor:device {:04x}:{:04x}",
        config(0) & 0xffff,
        config(0) >> 16
    );
    println!("class {:06x}", config(8) >> 8);

    let bar = device.get_region_size(VFIO_PCI_BAR0_REGION_INDEX);
    println!("bar 0 {bar} bytes");
    // Memory decoding is off until somebody opens the device and switches it on.
    let command = u16::try_from(config(4) & 0xffff)? | 0x2;
    device.region_write(VFIO_PCI_CONFIG_REGION_INDEX, &command.to_le_bytes(), 4);
    match config(8) >> 16 {
        class if class >> 8 == DISPLAY => println!("bar 0 {}", memory(&device)),
        NVME => nvme(&device),
        _ => {}
    }
    thread::sleep(keep);
    Ok(())
}

/// The base class of display controllers.
const DISPLAY: u32 = 0x03;
/// The class of NVMe controllers.
const NVME: u32 = 0x0108;

/// Whether BAR 0 of a display, which is its memory, can be used; it cannot while a boot framebuffer has it.
fn memory(device: &VfioDevice) -> &'static str {
    let pattern = 0x600d_f00d_u32;
    // An access that fails is not an error here; the word that is read is zero.
    device.region_write(VFIO_PCI_BAR0_REGION_INDEX, &pattern.to_le_bytes(), 0);
    if word(device, VFIO_PCI_BAR0_REGION_INDEX, 0) == pattern {
        "keeps what is written"
    } else {
        "is out of reach"
    }
}

fn nvme(device: &VfioDevice) {
    let register = |offset| word(device, VFIO_PCI_BAR0_REGION_INDEX, offset);
    println!("nvme cap {:08x}{:08x}", register(4), register(0));
    println!(
        "nvme version {}.{}",
        register(8) >> 16,
        register(8) >> 8 & 0xff
    );
}

/// A little-endian register.
fn word(device: &VfioDevice, region: u32, offset: u64) -> u32 {
    let mut bytes = [0; 4];
    device.region_read(region, &mut bytes, offset);
    u32::from_le_bytes(bytes)
}
