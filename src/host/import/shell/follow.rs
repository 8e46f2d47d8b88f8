//! Follows a script, a command of another file, or one that is written to a file.

use super::obstacle::{Obstacle, ObstacleKind};
use super::parse::parse;
use super::shell::Shell;
use super::syntax::{Command, Node};
use super::understood::Understood;
use super::value::is_private;

/// What runs a script, and which functions of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// It is a program.
    Program,
    /// mkinitcpio runs functions of it.
    Mkinitcpio,
    /// dracut runs functions of it when it makes an image.
    Dracut,
}

/// Follows a command that stands in another file, a shell's. Where it is `strict`, it may run no program that is not
/// known.
pub(in crate::host::import) fn understand_action(
    command: &str,
    strict: bool,
    load: &dyn Fn(&str) -> Option<String>,
) -> Result<Understood, Obstacle> {
    let mut shell = Shell::new(load, false);
    shell.strict = strict;
    shell.script(command, &[])?;
    Ok(shell.into_understood())
}

/// Follows a command of a unit, with the variables that its other lines set: words as in a shell, and no operators.
pub(in crate::host::import) fn understand_command(
    variables: &str,
    command: &str,
    load: &dyn Fn(&str) -> Option<String>,
) -> Result<Understood, Obstacle> {
    let list = parse(command)?;
    let is_plain = |command: &Command| {
        matches!(command.node, Node::Simple { .. }) && command.redirects.is_empty()
    };
    if list.len() != 1 || !list.iter().all(is_plain) {
        return Err(Obstacle::new(1, ObstacleKind::Syntax));
    }
    let mut shell = Shell::new(load, false);
    shell.list(&parse(variables)?)?;
    shell.list(&list)?;
    Ok(shell.into_understood())
}

/// What comes of writing `text` to the file `path`.
pub(in crate::host::import) fn written(path: &str, text: &str) -> Result<Understood, Obstacle> {
    let mut shell = Shell::new(&|_| None, false);
    if path.contains(is_private) || text.contains(is_private) {
        return Err(Obstacle::new(1, ObstacleKind::Value));
    }
    shell.write(path, text)?;
    Ok(shell.into_understood())
}

/// Follows the script `text`; `load` reads the files that it takes in.
pub fn understand(
    text: &str,
    caller: Caller,
    load: &dyn Fn(&str) -> Option<String>,
) -> Result<Understood, Obstacle> {
    if text.contains(is_private) || text.contains('\u{1}') {
        return Err(Obstacle::new(1, ObstacleKind::Syntax));
    }
    let first = text.lines().next().unwrap_or_default();
    let bash = first.contains("bash") || first.contains("zsh");
    let list = parse(text)?;
    let mut shell = Shell::new(load, bash);
    shell.list(&list)?;
    let functions: &[&str] = match caller {
        Caller::Program => &[],
        Caller::Mkinitcpio => &[
            "build",
            "run_earlyhook",
            "run_hook",
            "run_latehook",
            "run_cleanuphook",
        ],
        Caller::Dracut => &["install", "installkernel"],
    };
    for name in functions {
        shell.run_function(name, Vec::new())?;
    }
    Ok(shell.into_understood())
}
