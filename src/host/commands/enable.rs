//! `vfio-early enable`: a claim for every boot from the next one on.

use std::process::ExitCode;

use argh::FromArgs;

use super::{UNSATISFIED, print, print_error, source, usage};
use crate::config::{self, Mode};
use crate::host::enable::choices::{Choice, choices, table};
use crate::host::enable::choose::{can_choose, choose};
use crate::host::enable::enabling::{Enabling, Wanted};
use crate::host::enable::facts::Facts;
use crate::host::enable::finish::Manner;
use crate::host::enable::generation::{Generation, NoGeneration};
use crate::host::enable::iommu_word::{missing_word, steps as word_steps, way};
use crate::host::enable::loader::Way;
use crate::host::enable::settings::Settings;
use crate::host::enable::step::Step;
use crate::host::enable::steps::Change;
use crate::host::enable::trial_step::{TrialStep, takes_display};
use crate::host::enable::unfinished::Unfinished;
use crate::host::menu_entry::MenuEntryStep;
use crate::host::pci_ids::Names;
use crate::host::snapshot::{HostSnapshot, Source};
use crate::host::trial;
use crate::machine::EveryDevice;
use crate::plan::IommuVerdict;
use crate::report::plan_lines;
use crate::sys::boot_setup::ENABLED;
use crate::sys::{Root, SysPath};

/// Claim devices at every boot from the next one on: writes the settings, rebuilds the images, looks into them.
#[derive(FromArgs)]
#[argh(subcommand, name = "enable")]
pub(super) struct Enable {
    /// what to claim: 10de:1200, 03:00.0, 03:00.0+group, ...
    #[argh(positional)]
    selectors: Vec<String>,
    /// a guard to override: boot-disk, network, display, input, iommu, all; GUARD@SELECTOR for some of the devices
    #[argh(option)]
    force: Vec<String>,
    /// put the word that the IOMMU needs on the kernel command line, where one is missing
    #[argh(switch)]
    iommu: bool,
    /// add a second boot entry, with which nothing is claimed
    #[argh(switch)]
    menu_entry: bool,
    /// do not put the next boot on trial
    #[argh(switch)]
    no_trial: bool,
    /// change it without asking
    #[argh(switch)]
    yes: bool,
    /// print what would be done and change nothing
    #[argh(switch)]
    dry_run: bool,
}

impl Enable {
    /// Runs the command below `root`.
    pub(super) fn run(&self, root: &Root) -> ExitCode {
        let chosen = if self.selectors.is_empty() {
            match chosen(root) {
                Ok(chosen) => chosen,
                Err(status) => return status,
            }
        } else {
            self.selectors.clone()
        };
        let wanted = match Wanted::parse(&chosen, &self.force) {
            Ok(wanted) => wanted,
            Err(error) => return usage(&format!("enable: {error}")),
        };
        let manner = Manner {
            command: "enable",
            yes: self.yes,
            dry_run: self.dry_run,
        };
        let _lock = match manner.begin(root) {
            Ok(lock) => lock,
            Err(status) => return status,
        };
        self.change(root, &wanted, &manner)
            .unwrap_or_else(|status| status)
    }

    fn change(&self, root: &Root, wanted: &Wanted, manner: &Manner) -> Result<ExitCode, ExitCode> {
        let refused = |error: String| manner.refused(&error);
        let snapshot = snapshot(root, wanted)?;
        snapshot.print_doubts();
        if config::configured(root).mode == Mode::Off {
            let text =
                "mode=off is in the configuration, so no boot claims anything; remove it first";
            return Err(manner.refused(text));
        }
        let cmdline = root.whole(SysPath::Cmdline);
        let cmdline = cmdline.map_err(|error| refused(error.to_string()))?;
        let facts = Facts::read(root, &snapshot.machine.kernel, &cmdline);
        let mut request = snapshot.request.clone();
        let verdict = IommuVerdict::new(&snapshot.next_boot(&request), &request);
        let word = missing_word(verdict.cause.as_ref());
        let way = word.map(|word| way(&facts, word));
        if let Some(word) = word.filter(|_| self.iommu) {
            request.add_cmdline(word.as_bytes());
        }
        let before = read_settings(root).map_err(refused)?;
        let next = snapshot.next_boot(&wanted.added_to(&request));
        let names = Names::read(root, &snapshot.machine.bus);
        let settings = Settings::parse(&String::from_utf8_lossy(
            before.as_deref().unwrap_or_default(),
        ));
        let enabling = Enabling::new(wanted, settings, &request, &next, &names).map_err(refused)?;
        print_plan(&enabling);
        if let (Some(way), false) = (&way, self.iommu) {
            print_way(way, word.unwrap_or_default());
        }
        if !enabling.is_claimed {
            return Err(manner.refused("not all of it would be claimed"));
        }
        let after = enabling.settings.to_text();
        let generation = match Generation::new(&facts, false) {
            Ok(generation) => generation,
            Err(why) => return Err(without_generation(manner, why, after.as_deref())),
        };
        let mut words = words(root, manner, way.filter(|_| self.iommu))?;
        if self.menu_entry {
            let entry = MenuEntryStep::adding(root).map_err(refused)?;
            words.extend(entry.changes().then(|| Box::new(entry) as Box<dyn Step>));
        }
        let by_hand = takes_display(&enabling.claimed);
        let trial = (!self.no_trial).then(|| TrialStep::starting(root, by_hand));
        let change = Change {
            facts: &facts,
            generation,
            before,
            after: after.map(String::into_bytes),
            unfinished: Unfinished::read(root).map_err(refused)?,
            words,
            last: Vec::new(),
        };
        carry_out(root, manner, change, trial)
    }
}

/// What the user chooses, where there is a terminal to choose on; elsewhere it is printed what there is.
fn chosen(root: &Root) -> Result<Vec<String>, ExitCode> {
    let none = Wanted::default();
    let snapshot = snapshot(root, &none)?;
    let request = &snapshot.request;
    let all = Wanted::every_device(&snapshot.machine.bus);
    let next = snapshot.next_boot(&all.added_to(request));
    let choices = choices(request, &next, &Names::read(root, &snapshot.machine.bus));
    let look = source::look();
    print(&table(&choices, false, &look));
    let is_free = choices.iter().any(Choice::is_free);
    if !can_choose() || !is_free {
        print(&table(&choices, true, &look));
        return Err(usage("enable: which device? see vfio-early enable --help"));
    }
    match choose(&choices, look.width) {
        Ok(chosen) if chosen.is_empty() => {
            Err(print("nothing is chosen, and nothing is changed\n"))
        }
        Ok(chosen) => Ok(chosen.iter().map(ToString::to_string).collect()),
        Err(error) => Err(print_error(&format!("enable: {error}"), UNSATISFIED)),
    }
}

/// The machine with all that the next boot depends on.
fn snapshot<'a>(root: &'a Root, wanted: &Wanted) -> Result<HostSnapshot<'a>, ExitCode> {
    let source = Source {
        root,
        command: "enable",
        cmdline: None,
        file: None,
    };
    let asked = source.asked()?;
    let mut selectors = wanted.selectors.iter();
    let serials = selectors.any(|(_, selector)| selector.needs_serial());
    HostSnapshot::with_next_boot(&source, asked, Some(EveryDevice { serials }))
}

/// The steps that get a word onto the kernel command line; an error, which is printed, where only the machine's owner can.
fn words(root: &Root, manner: &Manner, way: Option<Way>) -> Result<Vec<Box<dyn Step>>, ExitCode> {
    let Some(way) = way else {
        return Ok(Vec::new());
    };
    let lines = way.commands();
    let steps = word_steps(root, way).map_err(|error| manner.refused(&error))?;
    steps.ok_or_else(|| {
        for line in lines {
            print_error(&line, 0);
        }
        manner.refused("--iommu: only you can change the kernel command line here, as above; leave --iommu out then")
    })
}

/// Makes the change, where there is one to make.
fn carry_out(
    root: &Root,
    manner: &Manner,
    mut change: Change<'_>,
    trial: Option<TrialStep>,
) -> Result<ExitCode, ExitCode> {
    let is_new = change.before != change.after || !change.words.is_empty();
    let is_finished = change.unfinished.is_none();
    // Whether an image is as old as its name says is known once it was looked into.
    let is_in_images = || change.look().is_none_or(|look| look.fits(root));
    let trial = trial.map(|trial| Box::new(trial) as Box<dyn Step>);
    if !is_new && is_finished && is_in_images() {
        if trial::has_failed(root) {
            let steps: Vec<_> = trial.into_iter().collect();
            return Ok(manner.finish(root, &steps, "the next boot claims it again\n"));
        }
        return Ok(manner.nothing_to_do(root, "all of it is enabled already, and in the images"));
    }
    // Before the images: whenever the program is killed, the new settings are on trial.
    change.words.extend(trial);
    change
        .check_room(root)
        .map_err(|error| manner.refused(&error))?;
    let end = "the next boot claims it; vfio-early status shows then what became of it\n";
    Ok(manner.finish(root, &change.steps(), end))
}

/// Prints what is written for what was given, and the plan of the next boot.
fn print_plan(enabling: &Enabling) {
    let mut text = String::new();
    for one in enabling
        .written
        .iter()
        .filter(|one| one.given != one.selector)
    {
        text.extend([&one.given, " is written as ", &one.selector, "\n"]);
    }
    text += "the next boot:\n";
    for line in plan_lines(&enabling.claimed).lines() {
        text.extend(["  ", line, "\n"]);
    }
    print(&text);
}

/// Prints how a word gets onto the kernel command line.
fn print_way(way: &Way, word: &str) {
    let mut text = format!("the IOMMU needs {word} on the kernel command line:\n");
    for line in way.commands() {
        text.extend(["  ", &line, "\n"]);
    }
    if !matches!(way, Way::ByHand(_)) {
        text += "or --iommu, which does that\n";
    }
    print(&text);
}

/// Why no image can be made. Where the system is built from its own configuration, what to write there is printed.
fn without_generation(manner: &Manner, why: NoGeneration, settings: Option<&str>) -> ExitCode {
    if why == NoGeneration::NixOs {
        print(&nixos(settings.unwrap_or_default()));
    }
    manner.refused(&why.message())
}

/// The settings as they are; an error where they cannot be read.
pub(super) fn read_settings(root: &Root) -> Result<Option<Vec<u8>>, String> {
    let read = root.read(SysPath::Named(ENABLED));
    read.map_err(|error| error.to_string())
}

/// What to write into the configuration of NixOS.
fn nixos(settings: &str) -> String {
    let mut text = "what to write into the configuration of NixOS:\n".to_owned();
    text += "  boot.initrd.systemd.contents.\"/etc/vfio-early.d/50-enabled.conf\".text = ''\n";
    for line in settings.lines() {
        text.extend(["    ", line, "\n"]);
    }
    text += "  '';\n";
    text
}
