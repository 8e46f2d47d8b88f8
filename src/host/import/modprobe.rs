//! modprobe.d: `options vfio-pci ids=`, soft dependencies that put vfio-pci first, and `install` lines that run a
//! script.
//!
//! Source: modprobe.d(5).

use super::{DROP_LINE, New, Old, kernel_ids};

/// What an `install` line runs besides a script.
const PROGRAMS: [&str; 3] = ["/modprobe", "/sh", "/bash"];

/// The lines of the file `place` that are about vfio-pci, and the scripts that they run.
pub fn modprobe(place: &str, text: &str) -> (Vec<Old>, Vec<String>) {
    let (mut olds, mut scripts) = (Vec::new(), Vec::new());
    for line in text.replace("\\\n", " ").lines().map(str::trim) {
        let mut words = line.split_whitespace();
        let (Some(command), Some(module)) = (words.next(), words.next()) else {
            continue;
        };
        let module = module.replace('_', "-");
        let rest: Vec<&str> = words.collect();
        if let Some((news, then)) = news(command, &module, &rest) {
            olds.push(Old::new(place, line, then, news));
        }
        if command == "install" && module == "vfio-pci" {
            let path = |word: &&&str| {
                let program = PROGRAMS.iter().any(|name| word.ends_with(name));
                word.starts_with('/') && !word.contains("..") && !program
            };
            let script = |word: &&str| word.trim_end_matches(';').to_owned();
            scripts.extend(rest.iter().filter(path).map(script));
        }
    }
    (olds, scripts)
}

fn news(command: &str, module: &str, rest: &[&str]) -> Option<(Vec<New>, &'static str)> {
    let not_needed = |text| Some((vec![New::Remark(text)], DROP_LINE));
    match (command, module) {
        ("options", "vfio-pci" | "pci-stub") => {
            let lists = rest.iter().filter_map(|word| word.strip_prefix("ids="));
            let news: Vec<New> = lists
                .flat_map(|list| kernel_ids(list.trim_matches('"'), module == "pci-stub"))
                .collect();
            match rest.iter().any(|word| !word.starts_with("ids=")) {
                _ if news.is_empty() => None,
                true => Some((
                    news,
                    "remove ids= from this line; the other options stay: vfio-early passes them on",
                )),
                false => Some((news, DROP_LINE)),
            }
        }
        ("softdep", _) if module != "vfio" && rest.iter().any(|word| word.starts_with("vfio")) => {
            not_needed(
                "not needed: the devices are claimed before any driver of the host is loaded",
            )
        }
        ("install", "vfio-pci") => {
            not_needed("not needed: what its script names, if anything, stands below")
        }
        _ => None,
    }
}
