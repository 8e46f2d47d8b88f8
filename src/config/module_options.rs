//! Options of kernel modules: `module.option=value` on the command line and `options` lines of modprobe.d.
//!
//! Source: modprobe.d(5) and `kmod_config_parse_kcmdline()` in kmod's libkmod-config.c.

use super::cmdline::Param;

/// An option for one module, ready for finit_module(2): `disable_idle_d3=1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleOption {
    /// The module, with `_` for `-`.
    pub module: String,
    /// `name` or `name=value`, quoted where there is a blank in it.
    pub text: String,
}

impl ModuleOption {
    /// Reads `module.option[=value]`; `None` for what has no dot or two.
    pub(super) fn from_param(param: &Param<'_>) -> Option<Self> {
        let key = std::str::from_utf8(param.key).ok()?;
        let (module, name) = key
            .split_once('.')
            .filter(|(module, name)| !module.is_empty() && !name.contains('.'))?;
        let value = param.value.map(String::from_utf8_lossy);
        let text = match value {
            Some(value) if value.contains([' ', '\t']) => format!("{name}=\"{value}\""),
            Some(value) => format!("{name}={value}"),
            None => name.to_owned(),
        };
        Some(Self {
            module: module.replace('-', "_"),
            text,
        })
    }

    /// Whether this is the driver's own list of ids, which would take every match past selectors and guards.
    pub fn is_ids(&self) -> bool {
        self.text == "ids" || self.text.starts_with("ids=")
    }
}

/// Reads the `options` lines of a file of modprobe.d; lines that end in a backslash go on.
pub fn modprobe_options(text: &str) -> Vec<ModuleOption> {
    let mut found = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        let mut words = line.split_whitespace();
        if let (Some("options"), Some(module)) = (words.next(), words.next()) {
            let module = module.replace('-', "_");
            found.extend(words.map(|word| ModuleOption {
                module: module.clone(),
                text: word.to_owned(),
            }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cmdline::params;

    #[test]
    fn options_come_from_the_command_line_and_from_modprobe_d() {
        let line = b"vfio-pci.disable_idle_d3=1 quiet a.b.c=1 x.y=\"a b\" vfio_pci.ids=1:2";
        let found: Vec<_> = params(line)
            .filter_map(|param| ModuleOption::from_param(&param))
            .collect();
        let shown: Vec<_> = found
            .iter()
            .map(|o| format!("{} {} {}", o.module, o.text, o.is_ids()))
            .collect();
        assert_eq!(
            shown,
            [
                "vfio_pci disable_idle_d3=1 false",
                "x y=\"a b\" false",
                "vfio_pci ids=1:2 true"
            ]
        );

        let text = "# options x y\noptions vfio-pci ids=1:2 \\\n disable_vga=1\nsoftdep a pre: b\noptions\n";
        let shown: Vec<_> = modprobe_options(text)
            .iter()
            .map(|o| format!("{} {}", o.module, o.text))
            .collect();
        assert_eq!(shown, ["vfio_pci ids=1:2", "vfio_pci disable_vga=1"]);
    }
}
