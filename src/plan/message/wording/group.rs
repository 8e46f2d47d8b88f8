//! The wording of the members of a group that are not ours: who they are, and what their owner can do.

use std::fmt;

use crate::plan::group::Blocker;

/// The members, each with its driver and why it is not ours, as far as there is something to say.
pub(in crate::plan) fn list(f: &mut fmt::Formatter<'_>, members: &[Blocker]) -> fmt::Result {
    for member in members {
        write!(f, " {}", member.address)?;
        match (&member.driver, member.code) {
            (Some(driver), Some(code)) => write!(f, " ({driver}, {code})")?,
            (Some(driver), None) => write!(f, " ({driver})")?,
            (None, Some(code)) => write!(f, " ({code})")?,
            (None, None) => {}
        }
    }
    Ok(())
}

/// What to do: `claim`, where nothing stands against that, and what overrides the guards that do.
pub(in crate::plan) fn advice(
    f: &mut fmt::Formatter<'_>,
    members: &[Blocker],
    claim: &str,
) -> fmt::Result {
    let free = |member: &Blocker| member.code.is_none();
    let guarded: Vec<_> = members
        .iter()
        .filter_map(|member| Some((member.guard?, member.address)))
        .collect();
    if members.iter().all(free) {
        return f.write_str(claim);
    }
    if members.iter().any(free) {
        f.write_str("; +group claims those with no reason beside them")?;
    } else if guarded.is_empty() {
        f.write_str("; why each of them is not ours stands with it")?;
    }
    for (index, (guard, address)) in guarded.iter().enumerate() {
        let start = match index {
            0 => "; against the guards +group needs vfio-early.force=",
            _ => ",",
        };
        write!(f, "{start}{guard}@{address}")?;
    }
    Ok(())
}
