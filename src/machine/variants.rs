//! The drivers that vfio-pci's variants are for: the `vfio_pci:` aliases of modules that match a device of this
//! machine.
//!
//! Source: Linux's scripts/mod/file2alias.c for the form of an alias; modules.alias, or modules.alias.bin where an
//! image has only that (mkinitcpio).

use std::fmt;
use std::str::FromStr;

use super::bus::Bus;
use super::index;
use crate::malformed::Malformed;
use crate::pci::{Device, DriverName};
use crate::sys::{Root, SysPath};

/// What every such alias begins with; that of other uses of a module begins with `pci:`.
const PREFIX: &str = "vfio_pci:";
/// The names of the fields of an alias, and how many digits each has.
pub const ALIAS_FIELDS: [(&str, usize); 7] = [
    ("v", 8),
    ("d", 8),
    ("sv", 8),
    ("sd", 8),
    ("bc", 2),
    ("sc", 2),
    ("i", 2),
];

/// An alias and its module: `vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The number of each field, `None` for any.
    fields: [Option<u32>; 7],
    /// The module, with `_` for `-`.
    pub module: String,
}

impl Variant {
    /// Whether the module is for this device.
    pub fn matches(&self, device: &Device) -> bool {
        let mut pairs = self.fields.iter().zip(numbers(device));
        pairs.all(|(field, is)| field.is_none_or(|field| field == is))
    }

    /// The driver, as far as its module shows: the kernel may spell it differently.
    pub fn driver(&self) -> Option<DriverName> {
        self.module.parse().ok()
    }

    /// Whether it is for one device id.
    pub(super) fn is_for_id(&self) -> bool {
        let [vendor, device, ..] = self.fields;
        vendor.is_some() && device.is_some()
    }

    /// How many fields take anything: what has fewer of them is meant more.
    pub fn wildcards(&self) -> usize {
        self.fields.iter().filter(|field| field.is_none()).count()
    }
}

impl Variant {
    /// The alias of `module` for what is exactly as `device`.
    pub(super) fn of(device: &Device, module: String) -> Self {
        Self {
            fields: numbers(device).map(Some),
            module,
        }
    }

    /// Writes the alias behind `prefix`, and the module.
    pub(super) fn write(&self, prefix: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(prefix)?;
        for ((name, digits), field) in ALIAS_FIELDS.iter().zip(&self.fields) {
            match field {
                Some(number) => write!(f, "{name}{number:00$X}", digits)?,
                None => write!(f, "{name}*")?,
            }
        }
        write!(f, " {}", self.module)
    }

    /// Reads an alias behind `prefix`, and its module.
    pub(super) fn read(prefix: &str, text: &str) -> Result<Self, Malformed> {
        let malformed = || Malformed::new(text, "an alias of a module and that module");
        let (alias, module) = text.split_once(' ').ok_or_else(malformed)?;
        let mut rest = alias.strip_prefix(prefix).ok_or_else(malformed)?;
        let mut fields = [None; 7];
        for ((name, digits), field) in ALIAS_FIELDS.iter().zip(&mut fields) {
            rest = rest.strip_prefix(name).ok_or_else(malformed)?;
            if let Some(after) = rest.strip_prefix('*') {
                rest = after;
                continue;
            }
            let (number, after) = rest.split_at_checked(*digits).ok_or_else(malformed)?;
            *field = Some(u32::from_str_radix(number, 16).map_err(|_| malformed())?);
            rest = after;
        }
        let module = module.trim_end();
        let name = module.is_empty() || module.contains(char::is_whitespace);
        if rest.is_empty() && !name {
            Ok(Self {
                fields,
                module: module.replace('-', "_"),
            })
        } else {
            Err(malformed())
        }
    }
}

/// The number that each field of an alias has for `device`.
fn numbers(device: &Device) -> [u32; 7] {
    let (id, class) = (device.id, device.class.0);
    let words = [id.vendor, id.device, id.subvendor, id.subdevice].map(u32::from);
    let [vendor, product, subvendor, subdevice] = words;
    [
        vendor,
        product,
        subvendor,
        subdevice,
        class >> 16,
        class >> 8 & 0xff,
        class & 0xff,
    ]
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(PREFIX, f)
    }
}

impl FromStr for Variant {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::read(PREFIX, text)
    }
}

/// The one that is meant most for `device`, as libvirt chooses it: with the fewest wildcards, the first of several.
pub fn best<'a>(variants: &'a [Variant], device: &Device) -> Option<&'a Variant> {
    let matching = variants.iter().filter(|variant| variant.matches(device));
    matching.min_by_key(|variant| variant.wildcards())
}

/// Reads those that are for a device of `bus` more than for every other.
pub(super) fn read(root: &Root, release: &str, bus: &Bus) -> Vec<Variant> {
    let mut variants: Vec<Variant> = Vec::new();
    let mut keep = |text: &str| {
        let variant = text.parse().ok();
        let variant = variant.filter(|variant: &Variant| {
            variant.wildcards() < ALIAS_FIELDS.len()
                && bus.devices.iter().any(|device| variant.matches(device))
        });
        variants.extend(variant);
    };
    each(root, release, PREFIX, &mut keep);
    variants
}

/// Hands each alias that begins with `prefix`, and its module, to `take`.
pub(super) fn each(root: &Root, release: &str, prefix: &str, take: &mut dyn FnMut(&str)) {
    let text = root.lines(SysPath::Modules(release, "modules.alias"), &mut |line| {
        // Most lines are of other kinds: they cost this one look.
        let alias = line.strip_prefix(b"alias ");
        if let Some(alias) = alias.filter(|alias| alias.starts_with(prefix.as_bytes())) {
            take(&String::from_utf8_lossy(alias));
        }
    });
    if !matches!(text, Ok(true)) {
        let bytes = root.read(SysPath::Modules(release, "modules.alias.bin"));
        if let Ok(Some(bytes)) = bytes {
            index::each(&bytes, prefix, &mut |alias, module| {
                take(&format!("{alias} {module}"));
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MLX5: &str = "vfio_pci:v000015B3d0000101Esv*sd*bc*sc*i* mlx5_vfio_pci";
    const ANY: &str = "vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci";

    #[test]
    fn an_alias_survives_reading_and_printing() {
        for text in [
            MLX5,
            ANY,
            "vfio_pci:v00001AF4d00001041sv00001AF4sd00001100bc02sc00i00 virtio_vfio_pci",
        ] {
            let printed = text.parse::<Variant>().map(|variant| variant.to_string());
            assert_eq!(printed, Ok(text.to_owned()));
        }
        for text in [
            "",
            "vfio_pci:",
            "pci:v*d*sv*sd*bc*sc*i* x",
            "vfio_pci:v*d*sv*sd*bc*sc*i*",
            "vfio_pci:v*d*sv*sd*bc*sc*i*x y",
            "vfio_pci:v15B3d*sv*sd*bc*sc*i* x",
            "vfio_pci:v*d*sv*sd*bc*sc*i* a b",
        ] {
            assert!(text.parse::<Variant>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_one_with_the_fewest_wildcards_is_chosen() {
        let line = "0000:03:00.2 15b3:101e 15b3:0016 020000 - 12";
        let machine: super::super::Machine = line.parse().unwrap();
        let device = &machine.bus.devices[0];
        let variants: Vec<Variant> = [
            ANY,
            "vfio_pci:v000015B3d*sv*sd*bc*sc*i* wide_vfio_pci",
            MLX5,
            "vfio_pci:v000015B3d*sv*sd*bc02sc*i* second_vfio_pci",
            "vfio_pci:v000015B3d0000101Esv*sd*bc01sc*i* other_vfio_pci",
        ]
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
        let chosen = |list: &[Variant]| best(list, device).map(|found| found.module.clone());
        assert_eq!(chosen(&variants), Some("mlx5_vfio_pci".to_owned()));
        assert_eq!(chosen(&variants[..2]), Some("wide_vfio_pci".to_owned()));
        assert_eq!(chosen(&variants[4..]), None);
    }
}
