//! Whether a change is to be made that was shown: its user is asked on a terminal, and has to have agreed elsewhere.

use std::io::{IsTerminal, Write, stdin, stdout};

/// What was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// The change.
    Given,
    /// Nothing: the user declined.
    Declined,
    /// Nothing: there is nobody to ask.
    NobodyThere,
}

/// Asks where `yes` has not answered already.
pub fn consent(yes: bool) -> Consent {
    if yes {
        return Consent::Given;
    }
    if !stdin().is_terminal() || !stdout().is_terminal() {
        return Consent::NobodyThere;
    }
    let mut out = stdout();
    let asked = out
        .write_all(b"change this? [y/N] ")
        .and_then(|()| out.flush());
    let mut answer = String::new();
    if asked.is_err() || stdin().read_line(&mut answer).is_err() {
        return Consent::Declined;
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Consent::Given,
        _ => Consent::Declined,
    }
}
