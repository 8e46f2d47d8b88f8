//! Options of kernel modules: `module.option=value` on the command line and the words of an `options` line.
//!
//! Source: modprobe.d(5), `kmod_config_parse_kcmdline()` in kmod's libkmod-config.c and Linux's kernel/params.c.

use crate::config::cmdline::{Word, words};

/// An option for one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleOption {
    /// The module, with `_` for `-`.
    pub module: String,
    /// Its name, with `_` for `-`: the kernel takes both as one.
    pub name: String,
    /// What stands behind `=`, quotes taken off as the kernel does; `None` without one.
    pub value: Option<String>,
    /// The whole option as finit_module(2) takes it, quotes included.
    pub text: String,
}

impl ModuleOption {
    /// The options in the text of an `options` line, cut as the kernel cuts them.
    pub fn list(module: &str, text: &str) -> Vec<Self> {
        words(text.as_bytes())
            .map(|word| Self::new(module, lossy(word.param.key), &word, lossy(word.text)))
            .collect()
    }

    /// Reads `module.option[=value]`; `None` for what has no dot or two.
    pub(in crate::config) fn from_word(word: &Word<'_>) -> Option<Self> {
        let key = std::str::from_utf8(word.param.key).ok()?;
        let (module, name) = key
            .split_once('.')
            .filter(|(module, name)| !module.is_empty() && !name.contains('.'))?;
        let raw = lossy(word.text);
        let (before, text) = raw.split_once('.')?;
        // A quote around the whole word goes to the front of the option.
        let quote = if before.starts_with('"') { "\"" } else { "" };
        let text = format!("{quote}{text}");
        Some(Self::new(
            &module.replace('-', "_"),
            name.to_owned(),
            word,
            text,
        ))
    }

    fn new(module: &str, name: String, word: &Word<'_>, text: String) -> Self {
        Self {
            module: module.to_owned(),
            name: name.replace('-', "_"),
            value: word.param.value.map(lossy),
            text,
        }
    }

    /// Whether this is the driver's own list of ids, which would take every match past selectors and guards.
    pub fn is_ids(&self) -> bool {
        self.name == "ids"
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(options: impl Iterator<Item = ModuleOption>) -> Vec<String> {
        let show = |o: ModuleOption| format!("{} {} {}", o.module, o.text, o.is_ids());
        options.map(show).collect()
    }

    #[test]
    fn an_option_of_the_command_line_has_one_dot_and_keeps_its_quotes() {
        let line = b"vfio-pci.disable_idle_d3=1 quiet a.b.c=1 x.y=\"a b\" \"z.w=c d\" vfio_pci.ids=1:2 k.only";
        let options = words(line).filter_map(|word| ModuleOption::from_word(&word));
        let wanted = [
            "vfio_pci disable_idle_d3=1 false",
            "x y=\"a b\" false",
            "z \"w=c d\" false",
            "vfio_pci ids=1:2 true",
            "k only false",
        ];
        assert_eq!(shown(options), wanted);
    }

    #[test]
    fn an_options_line_is_cut_as_the_kernel_cuts_it() {
        let text =
            " ids=\"10de:1b81, 10de:10f0\" disable_idle_d3=1 \"ids=3:4 5:6\" nointx -- ids=7:8\r";
        let options = ModuleOption::list("vfio_pci", text);
        let values: Vec<_> = options.iter().map(|o| o.value.as_deref()).collect();
        assert_eq!(
            values,
            [
                Some("10de:1b81, 10de:10f0"),
                Some("1"),
                Some("3:4 5:6"),
                None
            ]
        );
        let wanted = [
            "vfio_pci ids=\"10de:1b81, 10de:10f0\" true",
            "vfio_pci disable_idle_d3=1 false",
            "vfio_pci \"ids=3:4 5:6\" true",
            "vfio_pci nointx false",
        ];
        assert_eq!(shown(options.into_iter()), wanted);
    }
}
