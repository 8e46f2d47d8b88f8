//! Patterns of module names and aliases, as fnmatch(3) without flags reads them.

/// Whether `name` matches `pattern`, in which `*`, `?` and `[a-z]` have the meaning of a shell.
pub fn glob_matches(pattern: &str, name: &str) -> bool {
    matches(pattern.as_bytes(), name.as_bytes())
}

/// Goes back to the last `*` only: an earlier one never has to take more.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            star = Some((rest, name));
            pattern = rest;
            continue;
        }
        if pattern.is_empty() && name.is_empty() {
            return true;
        }
        if let Some((byte, behind)) = name.split_first() {
            if let Some(rest) = one(pattern, *byte) {
                (pattern, name) = (rest, behind);
                continue;
            }
        }
        let Some((after, [_, shorter @ ..])) = star else {
            return false;
        };
        star = Some((after, shorter));
        (pattern, name) = (after, shorter);
    }
}

/// What of `pattern` is left when its front has taken `byte`; `None` where it does not.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    match pattern {
        [b'?', rest @ ..] => Some(rest),
        [b'[', rest @ ..] if bracket(rest).is_some() => {
            let (set, behind) = bracket(rest)?;
            contains(set, byte).then_some(behind)
        }
        [b'\\', literal, rest @ ..] => (*literal == byte).then_some(rest),
        [literal, rest @ ..] => (*literal == byte).then_some(rest),
        [] => None,
    }
}

/// The inside of a bracket and what stands behind it; `None` where it is not closed. A `]` at the front is one of the set.
fn bracket(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let negation = usize::from(matches!(text.first(), Some(b'!' | b'^')));
    let end = text.iter().skip(negation + 1).position(|b| *b == b']')? + negation + 1;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

fn contains(set: &[u8], byte: u8) -> bool {
    let (set, negated) = match set {
        [b'!' | b'^', rest @ ..] => (rest, true),
        _ => (set, false),
    };
    let mut rest = set;
    let mut found = false;
    loop {
        rest = match rest {
            [low, b'-', high, behind @ ..] => {
                found |= (*low..=*high).contains(&byte);
                behind
            }
            [one, behind @ ..] => {
                found |= *one == byte;
                behind
            }
            [] => return found != negated,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_the_meaning_of_a_shell() {
        for (pattern, name, wanted) in [
            ("vfio_pci", "vfio_pci", true),
            ("vfio_pci", "vfio_pci_core", false),
            ("vfio*", "vfio_pci", true),
            ("*_pci", "mlx5_vfio_pci", true),
            ("v*o_*i", "vfio_pci", true),
            ("vfio?pci", "vfio_pci", true),
            ("vfio[-_]pci", "vfio-pci", true),
            ("vfio[!_]pci", "vfio_pci", false),
            ("x[a-c]y", "xby", true),
            ("x[]a]y", "x]y", true),
            ("x[ay", "x[ay", true),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
            (
                "pci:v00001912d*sv*sd*bc0Csc03i30",
                "pci:v00001912d00000014sv0sd0bc0Csc03i30",
                true,
            ),
        ] {
            assert_eq!(glob_matches(pattern, name), wanted, "{pattern} {name}");
        }
    }
}
