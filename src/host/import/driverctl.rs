//! driverctl's overrides: a file for each device, `/etc/driverctl.d/pci-0000:03:00.0`, with the driver's name in it.
//!
//! Source: driverctl(8) and its `driverctl` script, 0.111.

use super::{DROP_FILE, New, Old, slot};
use crate::pci::{Address, DriverName};

/// What to do besides: driverctl's unit would set the override again.
const UNSET: &str = "run driverctl --noprobe unset-override with this address";

/// The override in the file `name` of `place`.
pub fn driverctl(place: &str, name: &str, text: &str) -> Old {
    let driver = text.trim();
    let given = format!("{name} has {driver}");
    let Some(address) = name.strip_prefix("pci-") else {
        let news = vec![New::Remark("not a PCI device: driverctl goes on with it")];
        return Old::new(place, &given, "leave it", news);
    };
    match (address.parse::<Address>(), DriverName::from_setting(driver)) {
        (Err(why), _) | (_, Err(why)) => {
            Old::new(place, &given, DROP_FILE, vec![New::Lost(why.to_string())])
        }
        (Ok(address), Ok(name)) if name.as_str() == "vfio-pci" => {
            Old::new(place, &given, UNSET, vec![slot(&address.to_string())])
        }
        (Ok(address), Ok(name)) if name.is_vfio() || name.as_str() == "pci-stub" => {
            let rule = New::Set("driver", format!("{name}@{address}"));
            Old::new(place, &given, UNSET, vec![slot(&address.to_string()), rule])
        }
        // A driver of the host: not ours to give.
        (Ok(_), Ok(_)) => {
            let news = vec![New::Remark(
                "a driver of the host: driverctl goes on with it",
            )];
            Old::new(place, &given, "leave it", news)
        }
    }
}
