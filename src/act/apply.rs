//! The claim: overrides, modules, unbinds, binds, in an order that leaves no gap for a host driver.
//!
//! Source: facts measured on 6.1, 6.12 and 7.2: once the override of a device is written, no probe but its own
//! driver's can begin; `bind` waits for one under way and hands back the driver's own error; `drivers_probe` reports
//! success even where nothing bound, so only the `driver` link counts.

use std::time::Instant;

use nix::errno::Errno;

use super::attempt::Attempt;
use super::framebuffer::Release;
use super::holder::driver_of;
use super::{module, prepare, probe_error, sriov, unbind};
use crate::machine::{Bus, group};
use crate::plan::{Availability, Decision, Outcome, OutcomeKind, Plan, Reason, Warning};
use crate::sys::{Root, SysPath};

/// A probe that began before the override was written can take the device once; the second round takes it back.
const ROUNDS: usize = 2;

/// Carries out `plan` below `root`. A device that fails is given back to the host and stops no other.
pub(super) fn apply(root: &Root, plan: &Plan) -> (Vec<Outcome>, Vec<Warning>) {
    let claims = plan.outcomes().into_iter().map(Attempt::new).collect();
    let mut claims = Claims {
        root,
        plan,
        claims,
        warnings: Vec::new(),
    };
    for claim in &mut claims.claims {
        sriov::hold_back(root, &mut claim.outcome);
    }
    claims.write_overrides();
    let framebuffer = claims.release_framebuffer();
    claims.prepare();
    claims.load_drivers();
    for _ in 0..ROUNDS {
        claims.unbind();
        claims.prepare();
        claims.bind();
    }
    claims.close();
    claims.settle(framebuffer);
    let outcomes = claims.claims.into_iter().map(|claim| claim.outcome);
    let mut outcomes: Vec<Outcome> = outcomes.collect();
    probe_error::add_records(root, &mut outcomes);
    (outcomes, claims.warnings)
}

#[derive(Debug)]
struct Claims<'a, 'r> {
    root: &'r Root,
    plan: &'a Plan,
    claims: Vec<Attempt>,
    warnings: Vec<Warning>,
}

impl<'a> Claims<'a, '_> {
    /// Calls `step` for every open claim and counts the time to its device; an error ends the claim.
    fn each(&mut self, step: impl Fn(&Root, &mut Attempt) -> Result<(), Reason>) {
        for claim in self.claims.iter_mut().filter(|claim| claim.open) {
            let start = Instant::now();
            if let Err(reason) = step(self.root, claim) {
                claim.fail(self.root, reason, &mut self.warnings);
            }
            claim.outcome.elapsed += start.elapsed();
        }
    }

    fn write_overrides(&mut self) {
        self.each(|root, claim| {
            if claim.outcome.entry.device.driver_override.as_ref() == Some(claim.driver()) {
                return Ok(());
            }
            claim.write_override(root)
        });
    }

    /// Takes the boot framebuffer from a display, unless the claim of it has failed already: a driver that is loaded takes
    /// the display at once and puts it to sleep, and nothing must draw on it then.
    fn release_framebuffer(&self) -> Option<Release<'a>> {
        let framebuffer = self.plan.framebuffer.as_ref()?;
        let open = |claim: &Attempt| claim.open && claim.address() == framebuffer.display;
        let display = self.claims.iter().any(open);
        display.then(|| Release::new(self.root, framebuffer))
    }

    /// Reports what became of the framebuffer; one whose display is not ours is given back.
    fn settle(&mut self, release: Option<Release<'_>>) {
        let Some(release) = release else { return };
        let display = release.display();
        let ours = |claim: &Attempt| claim.address() == display && claim.outcome.kind.is_ours();
        let ours = self.claims.iter().any(ours);
        self.warnings.extend(release.settle(self.root, ours));
    }

    /// Prepares what no driver has now. A driver that is loaded takes its devices at once, so this comes before.
    fn prepare(&mut self) {
        self.each(|root, claim| {
            prepare::before_bind(root, &mut claim.outcome);
            Ok(())
        });
    }

    fn load_drivers(&mut self) {
        for (driver, availability) in &self.plan.loads {
            let loads = match availability {
                Availability::Loads(loads) => loads.as_slice(),
                Availability::Missing(_) => continue,
            };
            let loaded = module::load(self.root, &self.plan.kernel, driver, loads);
            if loaded.as_ref() == Ok(driver) {
                continue;
            }
            let nobody = !self.claims.iter().any(|claim| claim.driver() == driver);
            if let (Err(reason), true) = (&loaded, nobody) {
                self.warnings.push(reason.clone().into());
            }
            self.each(|root, claim| match &loaded {
                _ if claim.driver() != driver => Ok(()),
                Ok(name) => {
                    claim.outcome.driver = name.clone();
                    claim.write_override(root)
                }
                Err(reason) => Err(reason.clone()),
            });
        }
    }

    /// Takes every open device away from the driver that has it, all at the same time.
    fn unbind(&mut self) {
        let mut jobs = Vec::new();
        for (index, claim) in self
            .claims
            .iter_mut()
            .enumerate()
            .filter(|(_, claim)| claim.open)
        {
            match driver_of(self.root, claim.address()) {
                // The driver's module bound it by itself when it was loaded.
                Ok(Some(driver)) if driver == *claim.driver() => claim.succeed(),
                Ok(Some(driver)) => jobs.push(unbind::Job {
                    index,
                    address: claim.address(),
                    driver,
                }),
                // What cannot be read now is looked at again in the next step.
                Ok(None) | Err(_) => {}
            }
        }
        for (job, elapsed, outcome) in unbind::all(self.root, jobs, self.plan.timeout) {
            if let Some(claim) = self.claims.get_mut(job.index) {
                claim.outcome.elapsed += elapsed;
                if let Err(reason) = outcome {
                    claim.fail(self.root, reason, &mut self.warnings);
                }
            }
        }
    }

    fn bind(&mut self) {
        self.each(|root, claim| {
            if claim.holds() {
                return Ok(());
            }
            let driver = claim.driver().clone();
            let written = root.write(
                SysPath::DriverFile(&driver, "bind"),
                &claim.address().to_string(),
            );
            match written {
                // A driver has it: ours since a moment ago, or another that the next round unbinds.
                Err(error) if error.errno() == Errno::EBUSY as i32 => Ok(()),
                Err(error) => {
                    let grouped = group(root, claim.address()).is_some();
                    Err(Reason::BindFailed {
                        driver,
                        error: error.to_string(),
                        grouped,
                        kmsg: None,
                    })
                }
                Ok(()) => match driver_of(root, claim.address()) {
                    Ok(Some(found)) if found == driver => {
                        claim.succeed();
                        Ok(())
                    }
                    Ok(Some(found)) => Err(Reason::TakenBy {
                        driver: Some(found),
                    }),
                    // The write reported success: look again in the next step before deciding otherwise.
                    Ok(None) | Err(_) => Ok(()),
                },
            }
        });
    }

    /// Ends the claims that are still open and looks at what every device has become.
    fn close(&mut self) {
        self.each(|root, claim| match driver_of(root, claim.address()) {
            Ok(Some(found)) if found == *claim.driver() => {
                claim.succeed();
                Ok(())
            }
            Ok(None) if claim.holds() => {
                claim.succeed();
                Ok(())
            }
            Ok(driver) => Err(Reason::TakenBy { driver }),
            Err(error) => Err(Reason::BindFailed {
                driver: claim.driver().clone(),
                error: error.to_string(),
                grouped: true,
                kmsg: None,
            }),
        });
        self.drop_needless_holds();
        let done = |claim: &&mut Attempt| {
            matches!(
                claim.outcome.entry.decision,
                Decision::Claim | Decision::Hold
            )
        };
        for claim in self.claims.iter_mut().filter(done) {
            let address = claim.address();
            claim.outcome.driver_after = driver_of(self.root, address).unwrap_or(None);
            if claim.outcome.group.is_none() {
                claim.outcome.group = group(self.root, address);
                let late = claim
                    .outcome
                    .group
                    .map(|group| Bus::of_group(self.root, group));
                claim.outcome.late = late.map(Box::new);
            }
            prepare::after_bind(self.root, &mut claim.outcome);
        }
    }

    /// Gives back what is held for a group of which nothing could be claimed.
    fn drop_needless_holds(&mut self) {
        let group = |claim: &Attempt| claim.outcome.entry.device.group;
        let claims = self.claims.iter();
        let ours = claims.filter(|claim| claim.outcome.kind.is_ours());
        let ours: Vec<_> = ours.filter_map(group).collect();
        let claims = self.claims.iter();
        let failed = claims.filter(|claim| claim.outcome.entry.decision == Decision::Claim);
        let failed: Vec<_> = failed.filter_map(group).collect();
        for claim in &mut self.claims {
            let group = group(claim);
            let needless = group.is_some_and(|one| failed.contains(&one) && !ours.contains(&one));
            if claim.outcome.kind == OutcomeKind::Held && needless {
                claim.fail(self.root, Reason::NotHeld, &mut self.warnings);
            }
        }
    }
}
