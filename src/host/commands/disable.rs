//! `vfio-early disable`: what `enable` made lasting is undone.

use std::process::ExitCode;

use argh::FromArgs;

use super::enable::read_settings;
use super::{UNSATISFIED, print_error, usage};
use crate::config::{Selector, config_files};
use crate::host::enable::by_hand::{WrittenByHand, written_by_hand};
use crate::host::enable::disabling::{Found, found};
use crate::host::enable::facts::Facts;
use crate::host::enable::finish::Manner;
use crate::host::enable::generation::Generation;
use crate::host::enable::iommu_word::removal;
use crate::host::enable::settings::Settings;
use crate::host::enable::step::Step;
use crate::host::enable::steps::Change;
use crate::host::enable::trial_step::TrialStep;
use crate::host::enable::unfinished::Unfinished;
use crate::host::menu_entry::MenuEntryStep;
use crate::machine::{Bus, EveryDevice};
use crate::pci::Address;
use crate::sys::boot_setup::ENABLED;
use crate::sys::{Root, SysPath};

/// Undo what enable made lasting: takes devices out of the settings and rebuilds the images.
#[derive(FromArgs)]
#[argh(subcommand, name = "disable")]
pub(super) struct Disable {
    /// what to claim no longer: 10de:1200, 03:00.0, ...
    #[argh(positional)]
    selectors: Vec<String>,
    /// everything that enable wrote
    #[argh(switch)]
    all: bool,
    /// change it without asking
    #[argh(switch)]
    yes: bool,
    /// print what would be done and change nothing
    #[argh(switch)]
    dry_run: bool,
}

/// What is left of the settings, and what stands elsewhere.
struct Decided {
    settings: Settings,
    /// What somebody wrote by hand that would claim the same devices all the same.
    remains: Vec<WrittenByHand>,
}

impl Disable {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        if self.selectors.is_empty() != self.all {
            return usage("disable: which device? or --all, alone; see vfio-early disable --help");
        }
        let manner = Manner {
            command: "disable",
            yes: self.yes,
            dry_run: self.dry_run,
        };
        let _lock = match manner.begin(root) {
            Ok(lock) => lock,
            Err(status) => return status,
        };
        self.change(root, &manner).unwrap_or_else(|status| status)
    }

    fn change(&self, root: &Root, manner: &Manner) -> Result<ExitCode, ExitCode> {
        let refused = |error: String| manner.refused(&error);
        let selector = |text: &String| match text.parse::<Selector>() {
            Ok(selector) => Ok((text.clone(), selector)),
            Err(error) => Err(usage(&format!("disable {text}: {error}"))),
        };
        let selectors: Vec<_> = self
            .selectors
            .iter()
            .map(selector)
            .collect::<Result<_, _>>()?;
        let every = EveryDevice {
            serials: selectors.iter().any(|(_, one)| one.needs_serial()),
        };
        let bus = Bus::read(root, &every).map_err(|error| refused(error.to_string()))?;
        let before = read_settings(root).map_err(refused)?;
        let text = String::from_utf8_lossy(before.as_deref().unwrap_or_default()).into_owned();
        let settings = Settings::parse(&text);
        let cmdline = root
            .whole(SysPath::Cmdline)
            .map_err(|error| refused(error.to_string()))?;
        let (files, _) = config_files(root);
        let by_hand = written_by_hand(&files, ENABLED, &cmdline, &bus);
        let decided = if self.all {
            Decided {
                settings: Settings::default(),
                remains: by_hand,
            }
        } else {
            decide(settings, &selectors, &bus, by_hand).map_err(refused)?
        };
        let status = self.carry_out(root, manner, before, &cmdline, &decided)?;
        for one in &decided.remains {
            print_error(&format!("disable: {one}"), 0);
        }
        Ok(if decided.remains.is_empty() {
            status
        } else {
            ExitCode::from(UNSATISFIED)
        })
    }

    fn carry_out(
        &self,
        root: &Root,
        manner: &Manner,
        before: Option<Vec<u8>>,
        cmdline: &[u8],
        decided: &Decided,
    ) -> Result<ExitCode, ExitCode> {
        let refused = |error: String| manner.refused(&error);
        let after = decided.settings.to_text().map(String::into_bytes);
        let unfinished = Unfinished::read(root).map_err(refused)?;
        let words = if self.all {
            removal(root).map_err(refused)?
        } else {
            Vec::new()
        };
        let last = self.last(root).map_err(refused)?;
        if before == after && unfinished.is_none() && words.is_empty() {
            if !last.is_empty() {
                return Ok(manner.finish(root, &last, "done\n"));
            }
            return Ok(manner.nothing_to_do(root, "enable has written nothing of this"));
        }
        let release = root
            .attribute(SysPath::Release)
            .map_err(|error| refused(error.to_string()))?;
        let release = String::from_utf8_lossy(&release).trim().to_owned();
        let facts = Facts::read(root, &release, cmdline);
        let generation = Generation::new(&facts, after.is_none());
        let generation = generation.map_err(|why| refused(why.message()))?;
        let change = Change {
            facts: &facts,
            generation,
            before,
            after,
            unfinished,
            words,
            last,
        };
        change.check_room(root).map_err(refused)?;
        let end = if decided.remains.is_empty() {
            "the next boot leaves it to the host\n"
        } else {
            "what enable wrote is undone\n"
        };
        Ok(manner.finish(root, &change.steps(), end))
    }
}

impl Disable {
    /// What is done besides: a trial ends, and with everything else the second boot entry goes.
    fn last(&self, root: &Root) -> Result<Vec<Box<dyn Step>>, String> {
        let mut last: Vec<Box<dyn Step>> = Vec::new();
        if let Some(step) = TrialStep::ending(root) {
            last.push(Box::new(step));
        }
        if self.all
            && let Some(step) = MenuEntryStep::removing(root)?
        {
            last.push(Box::new(step));
        }
        Ok(last)
    }
}

/// Takes what `selectors` are for out of the settings.
///
/// An error names a selector that is for nothing, or for a part of a line only.
fn decide(
    mut settings: Settings,
    selectors: &[(String, Selector)],
    bus: &Bus,
    by_hand: Vec<WrittenByHand>,
) -> Result<Decided, String> {
    let mut devices: Vec<Address> = Vec::new();
    for (text, selector) in selectors {
        let taken = crate::machine::selected(selector, bus);
        devices.extend(taken.iter().map(|device| device.address));
        match found(&settings, text, selector, bus) {
            Found::Lines(lines) => lines.iter().for_each(|line| settings.remove(line)),
            Found::Wider(line) => {
                return Err(format!(
                    "{text} is claimed by {line}, which names other devices too; disable {line}, and enable the others"
                ));
            }
            Found::Nothing(own) => {
                let shares = |one: &WrittenByHand| {
                    one.selector == *text || one.devices.iter().any(|at| own.contains(at))
                };
                if !by_hand.iter().any(shares) {
                    return Err(format!("{text} is not enabled"));
                }
            }
        }
    }
    let texts: Vec<&String> = selectors.iter().map(|(text, _)| text).collect();
    let remains = by_hand.into_iter().filter(|one| {
        texts.contains(&&one.selector) || one.devices.iter().any(|at| devices.contains(at))
    });
    Ok(Decided {
        remains: remains.collect(),
        settings,
    })
}
