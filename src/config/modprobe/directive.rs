//! A line of modprobe.d.

use super::lines::lines;
use super::module_option::ModuleOption;

/// A line of a file of modprobe.d, joined at its backslashes; comments and empty lines are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModprobeLine {
    /// The line, without the blanks around it.
    pub text: String,
    /// What kmod reads in it; `None` where kmod ignores the line with an error.
    pub directive: Option<Directive>,
}

/// A command of modprobe.d. Names of modules have `_` for `-`, but for what stands in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `alias PATTERN MODULE`.
    Alias {
        /// What a device or a user calls the module, as fnmatch(3) reads it.
        pattern: String,
        /// The module that is meant.
        module: String,
    },
    /// `blacklist MODULE`.
    Blacklist(String),
    /// `options MODULE OPTIONS`.
    Options {
        /// The module, or an alias of it.
        module: String,
        /// The options as the kernel gets them, quotes included.
        text: String,
    },
    /// `install MODULE COMMAND`.
    Install {
        /// A pattern of module names, as fnmatch(3) reads it.
        module: String,
        /// What a shell runs instead of loading the module.
        command: String,
    },
    /// `remove MODULE COMMAND`.
    Remove {
        /// A pattern of module names.
        module: String,
        /// What a shell runs instead of removing the module.
        command: String,
    },
    /// `softdep MODULE pre: MODULES post: MODULES`.
    Softdep(SoftDependency),
}

/// Modules that are loaded with another, as far as they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftDependency {
    /// A pattern of module names, as fnmatch(3) reads it.
    pub module: String,
    /// The modules that are loaded before it.
    pub before: Vec<String>,
    /// The modules that are loaded after it.
    pub after: Vec<String>,
}

/// Reads a file of modprobe.d.
pub fn modprobe_lines(text: &[u8]) -> Vec<ModprobeLine> {
    let is_setting = |line: &String| !line.starts_with('#') && !line.trim().is_empty();
    let read = |line: String| ModprobeLine {
        directive: directive(&line),
        text: line.trim().to_owned(),
    };
    lines(text)
        .into_iter()
        .filter(is_setting)
        .map(read)
        .collect()
}

fn directive(line: &str) -> Option<Directive> {
    let (command, rest) = word(line)?;
    let (first, rest) = word(rest)?;
    let name = underscored(first)?;
    let rest = (!rest.is_empty()).then(|| rest.to_owned());
    Some(match command {
        "alias" => {
            let module = rest?;
            Directive::Alias {
                pattern: name,
                module: underscored(word(&module)?.0)?,
            }
        }
        "blacklist" => Directive::Blacklist(name),
        "options" => Directive::Options {
            module: name,
            text: rest?,
        },
        "install" => Directive::Install {
            module: name,
            command: rest?,
        },
        "remove" => Directive::Remove {
            module: name,
            command: rest?,
        },
        "softdep" => Directive::Softdep(soft_dependency(name, &rest?)),
        _ => return None,
    })
}

/// The first word of `text`, and what stands behind the one blank that ends it.
fn word(text: &str) -> Option<(&str, &str)> {
    let blank = [' ', '\t'];
    let text = text.trim_start_matches(blank);
    let (word, rest) = text.split_once(blank).unwrap_or((text, ""));
    (!word.is_empty()).then_some((word, rest))
}

/// `name` with `_` for each `-` that is not in brackets; `None` where brackets do not match, which kmod refuses.
fn underscored(name: &str) -> Option<String> {
    let mut inside = false;
    let mut read = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            ']' if !inside => return None,
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        let dash = character == '-' && !inside;
        read.push(if dash { '_' } else { character });
    }
    (!inside).then_some(read)
}

fn soft_dependency(module: String, text: &str) -> SoftDependency {
    let (mut before, mut after, mut unsaid) = (Vec::new(), Vec::new(), Vec::new());
    let mut list = &mut unsaid;
    for word in text.split_whitespace() {
        match word {
            "pre:" => list = &mut before,
            "post:" => list = &mut after,
            _ => list.push(word.replace('-', "_")),
        }
    }
    SoftDependency {
        module,
        before,
        after,
    }
}

impl Directive {
    /// The options that an `options` line holds.
    pub fn options(&self) -> Vec<ModuleOption> {
        match self {
            Self::Options { module, text } => ModuleOption::list(module, text),
            _ => Vec::new(),
        }
    }
}

impl std::fmt::Display for SoftDependency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.module)?;
        for (word, names) in [("pre:", &self.before), ("post:", &self.after)] {
            if !names.is_empty() {
                write!(f, " {word} {}", names.join(" "))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Option<Directive>> {
        let lines = modprobe_lines(text.as_bytes());
        lines.into_iter().map(|line| line.directive).collect()
    }

    #[test]
    fn each_command_is_read_as_kmod_reads_it() {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let text = "# options x y\n\n\talias pci:v0-*[a-b] vfio-pci junk\nblacklist snd-hda-intel\n\
                    options vfio-pci  ids=\"1:2, 3:4\" x\ninstall vfio[_-]pci /bin/a  b\n\
                    softdep vfio-pci lost pre: vendor-reset a post: b\r\n";
        let wanted = [
            Directive::Alias {
                pattern: "pci:v0_*[a-b]".into(),
                module: "vfio_pci".into(),
            },
            Directive::Blacklist("snd_hda_intel".into()),
            Directive::Options {
                module: "vfio_pci".into(),
                text: " ids=\"1:2, 3:4\" x".into(),
            },
            Directive::Install {
                module: "vfio[_-]pci".into(),
                command: "/bin/a  b".into(),
            },
            Directive::Softdep(SoftDependency {
                module: "vfio_pci".into(),
                before: words(&["vendor_reset", "a"]),
                after: words(&["b"]),
            }),
        ];
        assert_eq!(read(text), wanted.map(Some));
    }

    #[test]
    fn a_line_that_kmod_refuses_is_kept_without_a_meaning() {
        for line in [
            " # late",
            "options",
            "options x",
            "alias x",
            "blacklist a-b]",
            "install [x y",
            "Options vfio-pci ids=1:2",
        ] {
            let lines = modprobe_lines(line.as_bytes());
            let seen: Vec<_> = lines
                .iter()
                .map(|l| (l.text.as_str(), &l.directive))
                .collect();
            assert_eq!(seen, [(line.trim(), &None)]);
        }
    }
}
