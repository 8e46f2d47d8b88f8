//! The lines of the machine table with the settings of modprobe.d: `option MODULE TEXT`, `softdep MODULE pre: ... post:
//! ...`, `module-ids ORIGIN MODULE LIST` and `install FILE MODULE COMMAND`; in the last two a field is one word, with
//! `\x20` for a blank.

use std::fmt::{self, Write};

use crate::config::{Directive, DriverIds, ModuleOption, modprobe_lines};
use crate::machine::{InstallCommand, ModprobeConfig};
use crate::malformed::Malformed;

/// Writes the lines.
pub(super) fn write(f: &mut fmt::Formatter<'_>, modprobe: &ModprobeConfig) -> fmt::Result {
    for option in &modprobe.options {
        writeln!(f, "option {} {}", option.module, option.text)?;
    }
    for ids in &modprobe.ids {
        let fields = [&ids.origin, &ids.module, &ids.list].map(|field| word(field));
        writeln!(f, "module-ids {}", fields.join(" "))?;
    }
    for softdep in &modprobe.softdeps {
        writeln!(f, "softdep {softdep}")?;
    }
    for install in &modprobe.installs {
        let fields = [&install.file, &install.module, &install.command].map(|field| word(field));
        writeln!(f, "install {}", fields.join(" "))?;
    }
    Ok(())
}

/// Reads the line that begins with `key`.
pub(super) fn read(modprobe: &mut ModprobeConfig, key: &str, rest: &str) -> Result<(), Malformed> {
    match key {
        "option" => {
            let (module, text) = rest.split_once(' ').unwrap_or((rest, ""));
            let module = module.replace('-', "_");
            modprobe.options.extend(ModuleOption::list(&module, text));
        }
        "softdep" => {
            let lines = modprobe_lines(format!("softdep {rest}").as_bytes());
            for line in lines {
                match line.directive {
                    Some(Directive::Softdep(softdep)) => modprobe.softdeps.push(softdep),
                    _ => return Err(Malformed::new(rest, "a soft dependency")),
                }
            }
        }
        "module-ids" => {
            let [origin, module, list] = fields(rest)?;
            modprobe.ids.push(DriverIds {
                origin,
                module,
                list,
            });
        }
        _ => {
            let [file, module, command] = fields(rest)?;
            modprobe.installs.push(InstallCommand {
                file,
                module,
                command,
            });
        }
    }
    Ok(())
}

/// `text` as one word, which is never empty.
fn word(text: &str) -> String {
    let mut word = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'#') {
            word.push(char::from(byte));
        } else {
            let _ = write!(word, "\\x{byte:02x}");
        }
    }
    if word.is_empty() {
        word.push_str("\\x");
    }
    word
}

fn fields(rest: &str) -> Result<[String; 3], Malformed> {
    let malformed = || Malformed::new(rest, "a file, a module and its setting, each one word");
    let mut words = rest.split_whitespace().map(unescaped);
    let mut next = || words.next().flatten().ok_or_else(malformed);
    Ok([next()?, next()?, next()?])
}

fn unescaped(word: &str) -> Option<String> {
    let mut parts = word.split("\\x");
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts.filter(|part| !part.is_empty()) {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.bytes().skip(2));
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use crate::machine::Machine;

    #[test]
    fn the_settings_of_modprobe_d_survive_writing_and_reading() {
        let text = "option vfio_pci x=\"a b\"\nmodule-ids modprobe.d/a\\x20b.conf vfio_pci 10de:1,\\x2010de:2\n\
                    module-ids modprobe.d/c.conf vfio_pci \\x\nsoftdep vfio_pci pre: vendor_reset post: b c\n\
                    install a.conf vfio_pci /bin/x\\x20\\x23\\x20\\xc3\\xbc\n";
        let machine: Machine = text.parse().unwrap();
        assert!(machine.to_string().ends_with(text), "{machine}");
        assert_eq!(machine.modules.modprobe.ids[0].list, "10de:1, 10de:2");
        assert_eq!(machine.modules.modprobe.installs[0].command, "/bin/x # ü");
        for line in ["module-ids a b", "install a b \\xzz", "softdep x"] {
            assert!(line.parse::<Machine>().is_err(), "{line}");
        }
    }
}
