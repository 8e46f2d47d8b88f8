//! What else decides: a command line that is too long, settings of other tools, Secure Boot, a locked kernel.
//!
//! *Pure.* Source of truth: `kernel_lockdown`(7), systemd-stub(7), and what `src/import` reads.
//! To add one: a function called in [`findings`].

use super::Mark::{Ok, Unknown, Warn};
use super::{Finding, Here, Known};
use crate::ask::LONG;
use crate::import::{New, Old};
use crate::pci::Address;
use crate::plan::Reason;

pub(super) fn findings(known: &Known<'_>, here: &Here) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Where something is asked for the plan says so.
    if here.cmdline.len() >= LONG && known.request.is_silent() {
        let length = here.cmdline.len();
        let reason = Reason::LongCommandLine { length };
        findings.push(Finding::new(Warn, "asked", reason.to_string()));
    }
    findings.extend(here.olds.iter().filter_map(|old| setting(known, old)));
    let unread = here.unread.iter();
    findings.extend(unread.map(|error| {
        Finding::new(
            Unknown,
            "others",
            format!("{error}: what stands there is not known"),
        )
    }));
    findings.push(secure_boot(here));
    findings
}

/// A setting of another tool, where it is in our way or of no use any more.
fn setting(known: &Known<'_>, old: &Old) -> Option<Finding> {
    let fact = format!("{}: {}", old.place, old.text);
    let fix = match () {
        // These keys are honoured.
        () if old.place == "kernel command line" && old.text.contains(".ids=") => return None,
        () if old.then != "leave it" => {
            match old.news.iter().all(|new| matches!(new, New::Remark(_))) {
                true => old.then.to_owned(),
                false => format!("vfio-early import has it in our words; then {}", old.then),
            }
        }
        () => {
            let text = old.text.strip_prefix("pci-")?;
            let address: Address = text.split(' ').next()?.parse().ok()?;
            let mut entries = known.plan.entries.iter();
            entries.find(|entry| entry.device.address == address)?;
            format!("it takes {address} back: driverctl --noprobe unset-override {address}")
        }
    };
    Some(Finding::new(Warn, "others", fact).fix(fix))
}

fn secure_boot(here: &Here) -> Finding {
    let topic = "secure boot";
    let mut fact = match here.secure_boot {
        Some(true) => "on".to_owned(),
        Some(false) => "off".to_owned(),
        None => "none that the firmware tells of".to_owned(),
    };
    match &here.lockdown {
        Some(mode) => {
            fact += &format!(
                "; the kernel is locked down ({mode}): modules must be signed, as those of the distribution are, and \
                 programs cannot reach the memory of devices but through VFIO"
            );
        }
        None => fact += "; the kernel is not locked down",
    }
    if here.secure_boot == Some(true) && here.unified {
        fact += "; started from a unified kernel image, whose command line cannot be changed in the boot loader";
        return Finding::new(Warn, topic, fact)
            .fix("write into /etc/vfio-early.conf, or into the image's own command line, and make the image anew");
    }
    Finding::new(Ok, topic, fact)
}
