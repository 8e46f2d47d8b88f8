//! Keys and values become a [`Request`].

use super::cmdline::{Word, words};
use super::driver_ids::DriverIds;
use super::elements::KEYS;
use super::file::Line;
use super::modprobe::ModuleOption;
use super::prepare::PREPARATIONS;
use super::problem::Problem;
use super::request::Request;
use super::requested::Origin;
use super::words::{GROUPS, IOMMUS, LOGS, choose, milliseconds};
use super::{LONG, file, near_miss};
use crate::pci::DriverName;

/// What the drivers' own parameter is called, and the driver it implies.
const IDS: [(&str, bool); 2] = [("vfio-pci.ids", false), ("pci-stub.ids", true)];

impl Request {
    /// Adds what the kernel command line asks for. It wins over what was added before.
    pub fn add_cmdline(&mut self, text: &[u8]) {
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        let mut lists = Vec::new();
        let mut before = None;
        for word in words(text) {
            if !self.add_stray(&word, before.as_ref()) {
                self.add_word(&word, before.as_ref(), &mut lists);
                before = Some(origin_of(&word));
            }
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

    fn add_word(&mut self, word: &Word<'_>, before: Option<&Origin>, lists: &mut Vec<String>) {
        let origin = origin_of(word);
        let key = origin.key.clone();
        let value = word.param.value.map(String::from_utf8_lossy);
        let value = value.as_deref();
        if let Some(name) = key.strip_prefix("vfio-early.") {
            self.set(name, value, origin);
        } else if key == "vfio-early" && value.is_some() {
            self.set(&key, value, origin);
        } else if key == "vfio.ids" {
            self.set("ids", value, origin);
        } else if let Some((_, stub)) = IDS.iter().find(|(name, _)| *name == key) {
            if lists.contains(&key) {
                self.problems
                    .push(Problem::RepeatedIds { key: key.clone() });
            }
            lists.push(key);
            self.driver_ids.push(DriverIds {
                origin: format!("{} on the kernel command line", origin.key),
                module: origin.key.replace('-', "_").replace(".ids", ""),
                list: value.unwrap_or_default().to_owned(),
            });
            self.add_lax_ids(
                value.unwrap_or(""),
                &origin,
                stub.then(DriverName::pci_stub),
            );
        } else {
            self.add_near_miss(&key, value, &origin, before);
            self.needs.add(&key, value);
            if !self.kernel.take(&key, value) {
                self.add_option(ModuleOption::from_word(word));
            }
        }
    }

    /// Takes a word with which a list was meant to go on behind a blank. An exclusion is honoured, the others are not; both
    /// are reported.
    fn add_stray(&mut self, word: &Word<'_>, before: Option<&Origin>) -> bool {
        let Some(before) = before.filter(|_| word.param.value.is_none()) else {
            return false;
        };
        let text = String::from_utf8_lossy(word.param.key);
        let name = before.key.strip_prefix("vfio-early.");
        let exclude = name == Some("exclude");
        let list = exclude
            || matches!(name, Some("ids" | "devices"))
            || before.key == "vfio.ids"
            || IDS.iter().any(|(key, _)| *key == before.key);
        if !list || !near_miss::is_list_of_devices(&text) {
            return false;
        }
        let key = &before.key;
        let (given, meant) = (
            format!("\"{text}\" behind the blank after {key}"),
            format!("{key}=...,{}", text.trim_matches(',')),
        );
        self.problems.push(if exclude {
            let read_as = meant;
            Problem::ReadAs { given, read_as }
        } else {
            Problem::NearMiss { given, meant }
        });
        if exclude {
            self.add_excludes(&text, before);
        }
        true
    }

    /// Warns of a key that is nearly one that names devices, or nearly one of ours.
    fn add_near_miss(
        &mut self,
        key: &str,
        value: Option<&str>,
        origin: &Origin,
        before: Option<&Origin>,
    ) {
        let value = value.unwrap_or_default();
        let list = near_miss::is_list_of_devices(value);
        let module = before.filter(|_| key == "ids").map(|before| &before.key);
        let meant = match module {
            Some(module)
                if matches!(
                    module.as_str(),
                    "vfio-pci" | "vfio" | "pci-stub" | "vfio-early"
                ) =>
            {
                Some(format!("{module}.ids"))
            }
            _ => near_miss::parameter(key),
        };
        let names_devices = |meant: &String| meant.ends_with("ids") || meant.ends_with("devices");
        if let Some(meant) = meant.filter(|meant| list || !names_devices(meant)) {
            self.problems.push(Problem::NearMiss {
                given: format!("{key}={value}").trim_end_matches('=').to_owned(),
                meant: format!("{meant}={value}").trim_end_matches('=').to_owned(),
            });
        } else if key == "vfio-early" {
            self.problems.push(Problem::UnknownKey {
                origin: origin.source.clone(),
                key: key.to_owned(),
                meant: None,
            });
        }
    }

    /// Keeps an option for a module; a variant driver's own list of ids is not passed on.
    fn add_option(&mut self, option: Option<ModuleOption>) {
        let ids = |option: &&ModuleOption| option.is_ids() && option.module.ends_with("vfio_pci");
        if let Some(option) = option.as_ref().filter(ids) {
            let place = format!("{}.ids on the command line", option.module);
            self.problems.push(Problem::IdsNotPassed { place });
            self.driver_ids.push(DriverIds {
                origin: format!("{}.ids on the kernel command line", option.module),
                module: option.module.clone(),
                list: option.value.clone().unwrap_or_default(),
            });
        }
        self.options.extend(option);
    }

    /// Sets one key of ours.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>, origin: Origin) {
        match (name, value) {
            ("mode", _) => return self.set_mode(value, &origin),
            ("off", _) | ("vfio-early", Some(_)) => {
                return self.set_mode_by_another_key(value, &origin);
            }
            _ if KEYS.contains(&name) || PREPARATIONS.contains(&name) => {}
            _ => {
                let list = |_| "ids";
                let meant = near_miss::name(name).or_else(|| near_miss::parameter(name).map(list));
                let (origin, key) = (origin.source, origin.key);
                let unknown = Problem::UnknownKey { origin, key, meant };
                self.problems.push(unknown);
                return;
            }
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

fn origin_of(word: &Word<'_>) -> Origin {
    Origin {
        source: "cmdline".to_owned(),
        key: String::from_utf8_lossy(word.param.key).replace('_', "-"),
    }
}
