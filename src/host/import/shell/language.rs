//! What a file of commands is written in.

/// What a file is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host::import) enum Language {
    /// That of the shell, or a file that does not say.
    Shell,
    /// Another one.
    Other,
    /// That of the processor.
    Binary,
}

/// What `text` is written in.
pub(in crate::host::import) fn language(text: &str) -> Language {
    let first = text.lines().next().unwrap_or_default();
    if text.contains('\0') {
        Language::Binary
    } else if first.starts_with("#!") && !is_shell(text) {
        Language::Other
    } else {
        Language::Shell
    }
}

/// Whether a file begins as a shell script does.
pub(super) fn is_shell(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    first.starts_with("#!") && first.contains("sh")
}
