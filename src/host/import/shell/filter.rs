//! Programs that write what they read, or a part of it.

use super::parse::Read;
use super::shell::{Flow, Ran, Shell};
use super::value::{ANY, EACH, PATTERN, SOME, is_unknown};

const DONE: Ran = (Some(true), Flow::On);

impl Shell<'_> {
    pub(super) fn echo(&mut self, arguments: &[String]) -> Ran {
        let is_option =
            |word: &&String| matches!(word.as_str(), "-n" | "-e" | "-en" | "-ne" | "-E");
        let options: Vec<&String> = arguments.iter().take_while(is_option).collect();
        let words = arguments.get(options.len()..).unwrap_or_default();
        self.state.output.push_str(&words.join(" "));
        if !options.iter().any(|option| option.contains('n')) {
            self.state.output.push('\n');
        }
        DONE
    }

    pub(super) fn printf(&mut self, arguments: &[String]) -> Ran {
        let Some((format, rest)) = arguments.split_first() else {
            return DONE;
        };
        let format = format.replace("\\n", "\n");
        let text = match (format.as_str(), format.contains(['%', '\\'])) {
            (_, false) => format,
            ("%s", _) => rest.concat(),
            ("%s\n", _) => rest.iter().map(|word| format!("{word}\n")).collect(),
            _ => SOME.to_string(),
        };
        self.state.output.push_str(&text);
        DONE
    }

    pub(super) fn filter(&mut self, name: &str, arguments: &[String]) -> Read<Ran> {
        let input = || self.state.input.clone().unwrap_or_else(|| SOME.to_string());
        let files = arguments.iter().filter(|word| !word.starts_with('-'));
        let first = files.clone().next().map(String::as_str);
        let text = match (name, first) {
            ("cat", None) => input(),
            ("cat", Some(_)) => files.map(|path| self.file(path)).collect(),
            ("tee", _) => {
                let text = input();
                for path in files {
                    self.write(path, &text)?;
                }
                text
            }
            ("basename", Some(path)) if arguments.len() == 1 => {
                let path = path.trim_end_matches('/');
                format!("{}\n", path.rsplit('/').next().unwrap_or(path))
            }
            ("dirname", Some(path)) if arguments.len() == 1 => {
                let path = path.trim_end_matches('/');
                format!("{}\n", path.rsplit_once('/').map_or(".", |(dir, _)| dir))
            }
            // A device keeps its address under all of its names; what else links lead to is not known.
            ("readlink" | "realpath", Some(path)) if is_device_directory(path) => {
                format!("{path}\n")
            }
            ("sed", _) => match arguments {
                [script] => substituted(&input(), script),
                [option, script] if option == "-e" => substituted(&input(), script),
                _ => SOME.to_string(),
            },
            ("find", _) if !self.state.is_turn => found(arguments),
            // The IOMMU that vfio-early requires too.
            ("ls", Some(path)) if path.starts_with("/sys/class/iommu") => SOME.to_string(),
            ("id", _) if arguments == ["-u"] => "0\n".to_owned(),
            ("whoami", _) => "root\n".to_owned(),
            _ => ANY.to_string(),
        };
        self.state.output.push_str(&text);
        let known = !matches!(name, "ls" | "find" | "readlink" | "realpath");
        Ok((known.then_some(true), Flow::On))
    }
}

fn is_device_directory(path: &str) -> bool {
    let device = super::effects::device(path);
    device.is_some_and(|(_, behind)| behind.is_empty()) && !is_unknown(path)
}

/// `s/old/new/` of plain text, where `$` ends the line.
fn substituted(text: &str, script: &str) -> String {
    let unknown = SOME.to_string();
    let mut parts = script.split('/');
    let (Some("s"), Some(old), Some(new), Some(""), None) = (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) else {
        return unknown;
    };
    let (stem, at_end) = match old.strip_suffix('$') {
        Some(stem) => (stem, true),
        None => (old, false),
    };
    let special = |c: char| {
        matches!(
            c,
            '.' | '*' | '[' | ']' | '^' | '$' | '\\' | '&' | '+' | '?'
        )
    };
    if is_unknown(text) || stem.contains(special) || new.contains(['&', '\\']) || stem.is_empty() {
        return unknown;
    }
    let line = |line: &str| {
        if at_end {
            line.strip_suffix(stem)
                .map_or_else(|| line.to_owned(), |line| format!("{line}{new}"))
        } else {
            line.replacen(stem, new, 1)
        }
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

/// `find /sys/devices/pci* -name boot_vga`: every display, however deep.
fn found(arguments: &[String]) -> String {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (place, rest) = match words.as_slice() {
        [place, rest @ ..] => (place.trim_start_matches(PATTERN), rest),
        [] => return ANY.to_string(),
    };
    let everywhere = matches!(
        place.trim_end_matches('/'),
        "/sys/devices/pci*" | "/sys/devices/pci????:??" | "/sys/devices"
    );
    if everywhere && matches!(rest, ["-name", "boot_vga"]) {
        return format!("/sys/devices/{EACH}/boot_vga\n");
    }
    format!("{PATTERN}find {}\n", words.join(" ").replace(PATTERN, ""))
}
