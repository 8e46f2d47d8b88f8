//! Laws of every reason: its code is listed, and its sentences are of one form.

use super::code::CODES;
use super::iommu_cause::IommuCause;
use super::need::{Need, NoGroup, Unsupported};
use super::place::Place;
use super::reason::Reason;
use super::unprepared::Unprepared;
use crate::config::{Guard, Problem};
use crate::malformed::Malformed;
use crate::pci::{Class, DriverName, Platform, RomFault};
use crate::plan::NoRemapping;

/// Calls `each` with one reason of every variant. A new variant does not compile until it has a place here.
fn visit(each: &mut dyn FnMut(&Reason)) {
    let mut next = Some(Reason::NoMatch);
    while let Some(reason) = next {
        each(&reason);
        next = after(&reason);
    }
    let mut next = Some(Unprepared::NoRom);
    while let Some(why) = next {
        next = after_unprepared(&why);
        let what = "rom=copy".to_owned();
        each(&Reason::Unprepared { what, why });
    }
    let mut next = Some(Problem::NoValue { key: text() });
    while let Some(problem) = next {
        next = after_problem(&problem);
        each(&Reason::Problem(problem));
    }
}

fn text() -> String {
    "text".to_owned()
}

fn driver() -> DriverName {
    DriverName::vfio_pci()
}

#[allow(clippy::too_many_lines, reason = "one exhaustive match")]
fn after(reason: &Reason) -> Option<Reason> {
    let (selector, error) = (text(), text());
    Some(match reason {
        Reason::NoMatch => Reason::IdentityMismatch {
            selector,
            found: text(),
        },
        Reason::IdentityMismatch { .. } => Reason::UnusedRule {
            rule: text(),
            devices: "device",
        },
        Reason::UnusedRule { .. } => Reason::DuplicateId { twins: Vec::new() },
        Reason::DuplicateId { .. } => Reason::BootDisplayUnknown { in_text: true },
        Reason::BootDisplayUnknown { .. } => Reason::NoGroupYet { selector },
        Reason::NoGroupYet { .. } => Reason::DriverConflict {
            kept: driver(),
            dropped: DriverName::pci_stub(),
            selector,
        },
        Reason::DriverConflict { .. } => Reason::UnreadableDevice {
            name: text(),
            why: text(),
        },
        Reason::UnreadableDevice { .. } => Reason::NotKnown {
            facts: text(),
            in_text: true,
        },
        Reason::NotKnown { .. } => Reason::NoMatchYet,
        Reason::NoMatchYet => Reason::NotAtBoot {
            addresses: Vec::new(),
            is_all: true,
        },
        Reason::NotAtBoot { .. } => Reason::MakesDomain {
            of: "00:0e.0".parse().unwrap(),
        },
        Reason::MakesDomain { .. } => Reason::VfsLater { count: 4 },
        Reason::VfsLater { .. } => Reason::VfsMade { count: 4 },
        Reason::VfsMade { .. } => Reason::VfsTooMany { count: 4, limit: 2 },
        Reason::VfsTooMany { .. } => Reason::VfsFailed { error },
        Reason::VfsFailed { .. } => Reason::Excluded { selector },
        Reason::Excluded { .. } => Reason::Bridge {
            class: Class(0x06_0400),
        },
        Reason::Bridge { .. } => Reason::BootDisk { need: Need::Unread },
        Reason::BootDisk { .. } => Reason::Network { need: Need::Unread },
        Reason::Network { .. } => Reason::LastDisplay,
        Reason::LastDisplay => Reason::NoAnswer,
        Reason::NoAnswer => Reason::LastInput,
        Reason::LastInput => Reason::InUse {
            guard: None,
            uses: vec![text()],
        },
        Reason::InUse { .. } => Reason::NotOurs { driver: None },
        Reason::NotOurs { .. } => Reason::Unsupported {
            why: Unsupported::Denylist,
        },
        Reason::Unsupported { .. } => Reason::NoIommu {
            cause: IommuCause::NoTable,
        },
        Reason::NoIommu { .. } => Reason::NoIommuGroup {
            why: NoGroup::NotCovered,
        },
        Reason::NoIommuGroup { .. } => Reason::ModuleMissing {
            driver: driver(),
            release: text(),
        },
        Reason::ModuleMissing { .. } => Reason::ModuleLoadFailed {
            driver: driver(),
            error,
        },
        Reason::ModuleLoadFailed { .. } => Reason::DriverUnregistered { driver: driver() },
        Reason::DriverUnregistered { .. } => Reason::OverrideFailed { error },
        Reason::OverrideFailed { .. } => Reason::UnbindFailed {
            driver: driver(),
            error,
        },
        Reason::UnbindFailed { .. } => Reason::UnbindTimeout {
            driver: driver(),
            milliseconds: 5,
        },
        Reason::UnbindTimeout { .. } => Reason::BindFailed {
            driver: driver(),
            error,
            grouped: true,
            kmsg: None,
        },
        Reason::BindFailed { .. } => Reason::TakenBy { driver: None },
        Reason::TakenBy { .. } => Reason::Vanished { error },
        Reason::Vanished { .. } => Reason::NotHeld,
        Reason::NotHeld => Reason::Forced {
            guard: Guard::Display,
            over: Box::new(Reason::LastDisplay),
        },
        Reason::Forced { .. } => Reason::BootDisplayTaken,
        Reason::BootDisplayTaken => Reason::PlatformTaken {
            what: Platform::SmBus,
        },
        Reason::PlatformTaken { .. } => Reason::DisplayTaken {
            addresses: Vec::new(),
        },
        Reason::DisplayTaken { .. } => Reason::InputTaken {
            addresses: Vec::new(),
        },
        Reason::InputTaken { .. } => Reason::FramebufferReleased { name: text() },
        Reason::FramebufferReleased { .. } => Reason::FramebufferHeld {
            name: text(),
            error: None,
        },
        Reason::FramebufferHeld { .. } => Reason::UsedNow { uses: vec![text()] },
        Reason::UsedNow { .. } => Reason::VariantMissing { driver: driver() },
        Reason::VariantMissing { .. } => Reason::SoftdepMissing {
            module: text(),
            missing: text(),
            release: text(),
        },
        Reason::SoftdepMissing { .. } => Reason::InstallNotRun {
            file: text(),
            module: text(),
            command: text(),
        },
        Reason::InstallNotRun { .. } => Reason::TakenByIds {
            driver: driver(),
            origin: text(),
            kept: None,
        },
        Reason::TakenByIds { .. } => Reason::GroupShared {
            members: Vec::new(),
        },
        Reason::GroupShared { .. } => Reason::GroupBlocked {
            blockers: Vec::new(),
        },
        Reason::GroupBlocked { .. } => Reason::ReservedRegion { start: 0, end: 1 },
        Reason::ReservedRegion { .. } => Reason::NoInterruptRemapping {
            why: NoRemapping::Virtio,
        },
        Reason::NoInterruptRemapping { .. } => Reason::AcsOverride { word: text() },
        Reason::AcsOverride { .. } => Reason::NotGivenBack { error },
        Reason::NotGivenBack { .. } => Reason::ReportFailed { error },
        // Those that wrap another enum have a walk of their own.
        Reason::ReportFailed { .. } | Reason::Unprepared { .. } | Reason::Problem(_) => {
            return None;
        }
    })
}

fn after_unprepared(why: &Unprepared) -> Option<Unprepared> {
    let (offered, error) = (text(), text());
    Some(match why {
        Unprepared::NoRom => Unprepared::ResetMethod { offered },
        Unprepared::ResetMethod { .. } => Unprepared::Rebar { offered },
        Unprepared::Rebar { .. } => Unprepared::Rom(RomFault::NoImage),
        Unprepared::Rom(_) => Unprepared::Failed { error },
        Unprepared::Failed { .. } => Unprepared::NotUndone { error },
        Unprepared::NotUndone { .. } => Unprepared::TooLate,
        Unprepared::TooLate => return None,
    })
}

fn after_problem(problem: &Problem) -> Option<Problem> {
    let (key, given, why) = (text(), text(), Malformed::new("x", "a number"));
    Some(match problem {
        Problem::NoValue { .. } => Problem::MalformedSelector { key, given, why },
        Problem::MalformedSelector { .. } => Problem::MalformedValue { key, given, why },
        Problem::MalformedValue { .. } => Problem::UnknownMode { key, given },
        Problem::UnknownMode { .. } => Problem::ReadAs {
            given,
            read_as: text(),
        },
        Problem::ReadAs { .. } => Problem::NearMiss {
            given,
            meant: text(),
        },
        Problem::NearMiss { .. } => Problem::ShortId {
            key,
            given,
            read_as: text(),
        },
        Problem::ShortId { .. } => Problem::UnknownKey {
            origin: text(),
            key,
            meant: None,
        },
        Problem::UnknownKey { .. } => Problem::LongCommandLine { length: 2047 },
        Problem::LongCommandLine { .. } => Problem::LaxId {
            key,
            given,
            read_as: text(),
        },
        Problem::LaxId { .. } => Problem::RepeatedIds { key },
        Problem::RepeatedIds { .. } => Problem::RepeatedModuleIds {
            module: text(),
            lost: vec![text()],
            last: text(),
        },
        Problem::RepeatedModuleIds { .. } => Problem::ConfigUnreadable { error: text() },
        Problem::ConfigUnreadable { .. } => Problem::Unreadable { error: text() },
        Problem::Unreadable { .. } => Problem::IdsNotPassed { place: text() },
        Problem::IdsNotPassed { .. } => Problem::MalformedProtectLine { line: 1, why },
        Problem::MalformedProtectLine { .. } => Problem::OnTrial { by_hand: true },
        Problem::OnTrial { .. } => Problem::TrialFailed,
        Problem::TrialFailed => Problem::TrialNotCounted { error: text() },
        Problem::TrialNotCounted { .. } => return None,
    })
}

#[test]
fn the_list_has_the_code_of_every_reason_and_no_other() {
    let mut codes = Vec::new();
    visit(&mut |reason| codes.push(reason.code()));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, CODES);
}

#[test]
fn every_fact_and_fix_is_one_line_in_lower_case_without_a_full_stop() {
    visit(&mut |reason| {
        for place in [Place::Boot, Place::Host] {
            for text in [Some(reason.fact()), reason.fix(place)]
                .into_iter()
                .flatten()
            {
                assert!(!text.is_empty() && !text.contains('\n'), "{text}");
                assert!(!text.ends_with('.'), "{text}");
                assert!(!text.starts_with(char::is_uppercase), "{text}");
            }
        }
    });
}

#[test]
fn the_man_page_lists_every_code_and_no_other() {
    let page = include_str!("../../../man/vfio-early.8.scd");
    let list = page
        .split("# CODES")
        .nth(1)
        .and_then(|rest| rest.split("\n# ").next())
        .unwrap();
    let mut listed: Vec<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix('*')?.strip_suffix('*'))
        .collect();
    listed.sort_unstable();
    assert_eq!(listed, CODES);
}
