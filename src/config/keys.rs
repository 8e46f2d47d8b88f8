//! Keys and values become a [`Request`].

use std::time::Duration;

use log::LevelFilter;

use super::cmdline::{Word, words};
use super::file::Line;
use super::modprobe::ModuleOption;
use super::prepare::PREPARATIONS;
use super::problem::Problem;
use super::request::{GroupMode, IommuPolicy, Mode, Request};
use super::requested::Origin;
use super::{LONG, file};
use crate::malformed::Malformed;
use crate::pci::DriverName;

/// What the drivers' own parameter is called, and the driver it implies.
const IDS: [(&str, bool); 2] = [("vfio-pci.ids", false), ("pci-stub.ids", true)];

/// Every key of ours but those of preparations; `devices` is another name of `ids`.
const KEYS: [&str; 11] = [
    "ids", "devices", "exclude", "mode", "driver", "group", "iommu", "force", "vfs", "timeout",
    "log",
];

impl Request {
    /// Adds what the kernel command line asks for. It wins over what was added before.
    pub fn add_cmdline(&mut self, text: &[u8]) {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let mut lists = Vec::new();
        for word in words(text) {
            self.add_word(&word, &mut lists);
        }
        if text.len() >= LONG && !self.is_silent() {
            self.problems
                .push(Problem::LongCommandLine { length: text.len() });
        }
    }

    /// Adds a configuration file; `name` is how messages call it.
    pub fn add_config(&mut self, name: &str, text: &[u8]) {
        let lines = file::lines(text).unwrap_or_else(|why| {
            let error = format!("cannot read {name}: {why}");
            self.problems.push(Problem::ConfigUnreadable { error });
            Vec::new()
        });
        for line in lines {
            let (key, value) = match &line {
                Line::Setting(key, value) => (key, Some(value.as_str())),
                Line::Junk(text) => (text, None),
            };
            let key = key.replace('_', "-");
            let key = key.strip_prefix("vfio-early.").unwrap_or(&key).to_owned();
            let origin = Origin {
                source: name.to_owned(),
                key: key.clone(),
            };
            self.set(&key, value, origin);
        }
    }

    fn add_word(&mut self, word: &Word<'_>, lists: &mut Vec<String>) {
        let param = word.param;
        let key = String::from_utf8_lossy(param.key).replace('_', "-");
        let value = param.value.map(String::from_utf8_lossy);
        let value = value.as_deref();
        let origin = Origin {
            source: "cmdline".to_owned(),
            key: key.clone(),
        };
        if let Some(name) = key.strip_prefix("vfio-early.") {
            self.set(name, value, origin);
        } else if key == "vfio.ids" {
            self.set("ids", value, origin);
        } else if let Some((_, stub)) = IDS.iter().find(|(name, _)| *name == key) {
            if lists.contains(&key) {
                self.problems
                    .push(Problem::RepeatedIds { key: key.clone() });
            }
            lists.push(key);
            self.add_lax_ids(
                value.unwrap_or(""),
                &origin,
                stub.then(DriverName::pci_stub),
            );
        } else {
            self.needs.add(&key, value);
            if !self.kernel.take(&key, value) {
                self.add_option(ModuleOption::from_word(word));
            }
        }
    }

    /// Keeps an option for a module; a variant driver's own list of ids is not passed on.
    fn add_option(&mut self, option: Option<ModuleOption>) {
        let ids = |option: &&ModuleOption| option.is_ids() && option.module.ends_with("vfio_pci");
        if let Some(option) = option.as_ref().filter(ids) {
            let place = format!("{}.ids on the command line", option.module);
            self.problems.push(Problem::IdsNotPassed { place });
        }
        self.options.extend(option);
    }

    /// Sets one key of ours.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>, origin: Origin) {
        if !KEYS.contains(&name) && !PREPARATIONS.contains(&name) {
            let (origin, key) = (origin.source, origin.key);
            self.problems.push(Problem::UnknownKey { origin, key });
            return;
        }
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            self.problems.push(Problem::NoValue {
                key: origin.label(),
            });
            return;
        };
        let outcome = match name {
            "exclude" => return self.add_excludes(value, &origin),
            "driver" => return self.add_drivers(value, &origin),
            "force" => return self.add_forces(value, &origin),
            key if PREPARATIONS.contains(&key) => {
                return self.add_preparations(key, value, &origin);
            }
            "vfs" => return self.add_vfs(value, &origin),
            "mode" => choose(value, &MODES).map(|mode| self.mode = mode),
            "group" => choose(value, &GROUPS).map(|group| self.group = group),
            "iommu" => choose(value, &IOMMUS).map(|iommu| self.iommu = iommu),
            "log" => choose(value, &LOGS).map(|log| self.log = log),
            "timeout" => milliseconds(value).map(|timeout| self.timeout = timeout),
            _ => return self.add_selectors(value, &origin),
        };
        if let Err(why) = outcome {
            let (key, given) = (origin.label(), value.to_owned());
            self.problems
                .push(Problem::MalformedValue { key, given, why });
        }
    }
}

/// The words of a key, and what the error says where none of them was given.
struct Words<T: 'static>(&'static [(&'static str, T)], &'static str);

const MODES: Words<Mode> = Words(
    &[
        ("claim", Mode::Claim),
        ("dry-run", Mode::DryRun),
        ("off", Mode::Off),
    ],
    "claim, dry-run or off",
);
const GROUPS: Words<GroupMode> = Words(
    &[("listed", GroupMode::Listed), ("whole", GroupMode::Whole)],
    "listed or whole",
);
const IOMMUS: Words<IommuPolicy> = Words(
    &[("require", IommuPolicy::Require), ("any", IommuPolicy::Any)],
    "require or any",
);
const LOGS: Words<LevelFilter> = Words(
    &[
        ("error", LevelFilter::Error),
        ("warn", LevelFilter::Warn),
        ("info", LevelFilter::Info),
        ("debug", LevelFilter::Debug),
    ],
    "error, warn, info or debug",
);

fn choose<T: Copy>(value: &str, words: &Words<T>) -> Result<T, Malformed> {
    let found = words.0.iter().find(|(word, _)| *word == value);
    found
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| Malformed::new(value, words.1))
}

fn milliseconds(value: &str) -> Result<Duration, Malformed> {
    match value.parse() {
        Ok(number @ 1..=60_000) => Ok(Duration::from_millis(number)),
        _ => Err(Malformed::new(
            value,
            "a number of milliseconds from 1 to 60000",
        )),
    }
}
