//! What a device calls itself for the sake of modules, `pci:v00001912d00000014sv*sd*bc0Csc03i30`, as a selector.
//!
//! Source: `do_pci_entry()` in Linux's scripts/mod/file2alias.c.

use crate::machine::ALIAS_FIELDS;

/// The selector of the devices that a pattern of aliases finds; `None` where no selector finds the same.
pub fn alias_selector(pattern: &str) -> Option<String> {
    let mut rest = pattern.strip_prefix("pci:")?;
    let mut fields: Vec<Option<u32>> = Vec::new();
    for (index, (name, digits)) in ALIAS_FIELDS.into_iter().enumerate() {
        // A star at the end takes the fields that are left.
        if rest == "*" && index > 0 {
            fields.push(None);
            continue;
        }
        rest = rest.strip_prefix(name)?;
        if let Some(after) = rest.strip_prefix('*') {
            fields.push(None);
            rest = if after.is_empty() { "*" } else { after };
            continue;
        }
        let value = u32::from_str_radix(rest.get(..digits)?, 16).ok()?;
        fields.push(Some(value));
        rest = rest.get(digits..)?;
    }
    if !matches!(rest, "" | "*") {
        return None;
    }
    let [vendor, device, subvendor, subdevice, class @ ..] = fields.as_slice() else {
        return None;
    };
    let field = |value: &Option<u32>| value.map_or("*".to_owned(), |value| format!("{value:04x}"));
    let ids = [vendor, device, subvendor, subdevice].map(field);
    let (mut code, mut mask) = (0, 0);
    for value in class {
        code = code << 8 | value.unwrap_or(0);
        mask = mask << 8 | if value.is_some() { 0xff } else { 0 };
    }
    if ids.iter().all(|id| id == "*") && mask == 0 {
        return None;
    }
    Some(if mask == 0 {
        ids.join(":")
    } else {
        format!("{}:{code:06x}:{mask:06x}", ids.join(":"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Selector;

    #[test]
    fn an_alias_becomes_the_selector_of_the_same_devices() {
        for (pattern, wanted) in [
            (
                "pci:v00001912d00000014sv*sd*bc0Csc03i30",
                Some("1912:0014:*:*:0c0330"),
            ),
            ("pci:v000010DEd00001B81sv*sd*bc*sc*i*", Some("10de:1b81")),
            ("pci:v000010DEd00001B81*", Some("10de:1b81")),
            (
                "pci:v000010DEd*sv*sd*bc03sc00i00*",
                Some("10de:*:*:*:030000"),
            ),
            ("pci:v*d*sv*sd*bc03sc*i*", Some("*:*:*:*:030000:ff0000")),
            (
                "pci:v000010DEd00001B81sv00001458sd00003510bc*sc*i*",
                Some("10de:1b81:1458:3510"),
            ),
            ("pci:v*d*sv*sd*bc*sc*i*", None),
            ("pci:*", None),
            ("pci:v000010DEd00001B8?sv*sd*bc*sc*i*", None),
            ("usb:v1912p0014d*", None),
            ("", None),
        ] {
            let selector = alias_selector(pattern).map(|text| text.parse::<Selector>());
            let shown = selector.map(|selector| selector.map(|selector| selector.to_string()));
            assert_eq!(shown, wanted.map(|text| Ok(text.to_owned())), "{pattern}");
        }
    }
}
