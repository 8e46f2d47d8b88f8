//! The keys whose values are lists: of selectors, drivers, guards to override, preparations, virtual functions.

use std::str::FromStr;

use super::base::Base;
use super::elements::{elements, selectors_in};
use super::near_miss;
use super::prepare::Prepare;
use super::problem::Problem;
use super::request::Request;
use super::requested::{Origin, RequestedSelector};
use super::selector::Selector;
use super::vfs::Vfs;
use crate::pci::DriverName;

impl Request {
    pub(super) fn add_selectors(&mut self, list: &str, origin: &Origin) {
        for text in selectors_in(list) {
            let (text, exclude) = text
                .strip_prefix('!')
                .map_or((text, false), |text| (text, true));
            let ask = self.selector(text, origin);
            if exclude {
                self.excludes.extend(ask)
            } else {
                self.selectors.extend(ask)
            }
        }
    }

    pub(super) fn add_excludes(&mut self, list: &str, origin: &Origin) {
        for text in selectors_in(list) {
            let ask = self.selector(text.trim_start_matches('!'), origin);
            self.excludes.extend(ask);
        }
    }

    pub(super) fn add_drivers(&mut self, list: &str, origin: &Origin) {
        for text in elements(list) {
            // A driver's name holds no "@": the first one ends it.
            let (name, selector) = text
                .split_once('@')
                .map_or((text, None), |(name, rest)| (name, Some(rest)));
            let driver = if name == "auto" {
                Ok(None)
            } else {
                DriverName::from_setting(name).map(Some)
            };
            match (driver, selector.map(Selector::from_str).transpose()) {
                (Ok(driver), Ok(selector)) => self.drivers.push((driver, selector)),
                (Err(why), _) | (_, Err(why)) => {
                    self.problems.push(Problem::MalformedValue {
                        key: origin.label(),
                        given: text.to_owned(),
                        why,
                    });
                }
            }
        }
    }

    pub(super) fn add_forces(&mut self, list: &str, origin: &Origin) {
        for text in elements(list) {
            match text.parse() {
                Ok(force) => self.forces.push(force),
                Err(why) => self.problems.push(Problem::MalformedValue {
                    key: origin.label(),
                    given: text.to_owned(),
                    why,
                }),
            }
        }
    }

    /// Reads one selector, or puts down why it is none.
    fn selector(&mut self, text: &str, origin: &Origin) -> Option<RequestedSelector> {
        match text.parse() {
            Ok(selector) => {
                self.warn_of_short_id(text, &selector, origin);
                Some(RequestedSelector {
                    text: text.to_owned(),
                    origin: origin.clone(),
                    selector,
                    driver: None,
                })
            }
            Err(why) => {
                let (key, given) = (origin.label(), text.to_owned());
                self.problems
                    .push(Problem::MalformedSelector { key, given, why });
                None
            }
        }
    }

    /// An id with a digit missing is another id, and no error.
    fn warn_of_short_id(&mut self, text: &str, selector: &Selector, origin: &Origin) {
        if !matches!(selector.base, Base::Id(_) | Base::Identity(..)) {
            return;
        }
        if let Some(read_as) = near_miss::short_id(text) {
            self.problems.push(Problem::ShortId {
                key: origin.label(),
                given: text.to_owned(),
                read_as,
            });
        }
    }

    /// Reads the list of a driver's own `ids=` as the kernel does, and reports where a strict reading would differ.
    pub(super) fn add_lax_ids(&mut self, list: &str, origin: &Origin, driver: Option<DriverName>) {
        for text in elements(list) {
            let (key, given) = (origin.label(), text.to_owned());
            match Selector::lax_id(text) {
                Ok(selector) => {
                    self.warn_of_short_id(text, &selector, origin);
                    if text.parse::<Selector>().as_ref() != Ok(&selector) {
                        let read_as = selector.to_string();
                        self.problems.push(Problem::LaxId {
                            key,
                            given,
                            read_as,
                        });
                    }
                    let (text, origin, driver) = (text.to_owned(), origin.clone(), driver.clone());
                    self.selectors.push(RequestedSelector {
                        text,
                        origin,
                        selector,
                        driver,
                    });
                }
                Err(why) => self
                    .problems
                    .push(Problem::MalformedSelector { key, given, why }),
            }
        }
    }

    /// Adds the elements of a list under one of [`PREPARATIONS`](super::prepare::PREPARATIONS).
    pub(super) fn add_preparations(&mut self, key: &str, list: &str, origin: &Origin) {
        for text in elements(list) {
            match Prepare::new(key, text) {
                Ok(prepare) => self.preparations.push(prepare),
                Err(why) => self.problems.push(Problem::MalformedValue {
                    key: origin.label(),
                    given: text.to_owned(),
                    why,
                }),
            }
        }
    }

    /// Adds the elements of `vfs=`.
    pub(super) fn add_vfs(&mut self, list: &str, origin: &Origin) {
        for text in elements(list) {
            match Vfs::new(text, origin) {
                Ok(vfs) => self.vfs.push(vfs),
                Err(why) => self.problems.push(Problem::MalformedValue {
                    key: origin.label(),
                    given: text.to_owned(),
                    why,
                }),
            }
        }
    }
}
