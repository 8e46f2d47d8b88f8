//! The request of a claim that is made on the running host: the arguments of a command, beside what is configured.

use crate::config::{BootNeeds, Mode, Origin, Problem, Request, RequestedSelector, read};
use crate::sys::Root;

/// What `selectors` ask for now. Exclusions, drivers and what else is configured holds, but no `ids`, no `vfs`, no `force`
/// and no `mode`; `options` are keys with their values, and win.
///
/// An error names the first thing that makes no sense.
pub fn running(
    root: &Root,
    selectors: &[String],
    options: &[(&str, &[String])],
) -> Result<Request, String> {
    let mut request = read(root);
    request.selectors.clear();
    request.vfs.clear();
    // What else is odd about the configuration is for the boot, but an exclusion may be in what cannot be read.
    request
        .problems
        .retain(|problem| matches!(problem, Problem::ConfigUnreadable { .. }));
    let known = request.problems.len();
    request.forces.clear();
    request.mode = Mode::Claim;
    request.running = true;
    // What it has mounted is known better than what it needs to boot.
    request.needs = BootNeeds::default();
    for text in selectors {
        let selector = text.parse().map_err(|error| format!("{text}: {error}"))?;
        request.selectors.push(RequestedSelector {
            text: text.clone(),
            origin: origin("bind"),
            selector,
            driver: None,
        });
    }
    for (key, values) in options {
        for value in *values {
            request.set(key, Some(value), origin(key));
            match request.problems.drain(known..).next_back() {
                None => {}
                Some(Problem::MalformedValue { given, why, .. }) => {
                    return Err(format!("--{key} {given}: {why}"));
                }
                Some(problem) => return Err(format!("--{key}: {}", problem.message())),
            }
        }
    }
    Ok(request)
}

fn origin(key: &str) -> Origin {
    Origin {
        source: "vfio-early".to_owned(),
        key: key.to_owned(),
    }
}
