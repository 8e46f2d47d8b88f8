//! Lets an operation finish before a signal ends the program.
//!
//! Source: signal(7).

use nix::sys::signal::{SigSet, SigmaskHow, Signal};

/// What a terminal, a service manager or a session that ends sends.
const WAITING: [Signal; 5] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGTSTP,
];

/// Does `act`; a signal that would end the program in the midst of it does so afterwards.
pub fn uninterrupted<T>(act: impl FnOnce() -> T) -> T {
    let signals: SigSet = WAITING.into_iter().collect();
    let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let done = act();
    if let Ok(before) = before {
        // What came meanwhile ends the program here.
        let _ = before.thread_set_mask();
    }
    done
}
