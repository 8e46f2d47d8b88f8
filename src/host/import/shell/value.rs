//! Values that cannot be known without the machine: text in which characters for private use stand for what is not
//! known, or for the device that a loop looks at. A script that has such characters itself is refused.

/// Text that is not known, and not empty.
pub(super) const SOME: char = '\u{f8ff}';
/// Text that is not known, perhaps empty.
pub(super) const ANY: char = '\u{f8fe}';
/// Begins a pattern of file names whose matches are not known.
pub(super) const PATTERN: char = '\u{f8fd}';
/// Begins the vendor of the device whose address follows.
pub(super) const VENDOR: char = '\u{f8fc}';
/// Begins the device id of the device whose address follows.
pub(super) const DEVICE: char = '\u{f8fb}';
/// The address of the device that a loop looks at.
pub(super) const EACH: &str = "0000:\u{e000}:\u{e001}.0";
/// In the place of a function, each function of a device.
pub(super) const FUNCTIONS: char = '\u{e003}';
/// A quoted character that has a meaning without quotes is this much further on.
const QUOTED: u32 = 0xe100;
/// What has a meaning without quotes.
const SPECIAL: [char; 7] = ['*', '?', '[', ']', '{', '}', '\\'];

/// Whether a script has characters of the same kind itself.
pub(super) fn is_private(c: char) -> bool {
    ('\u{e000}'..='\u{f8ff}').contains(&c)
}

/// Whether something in `text` is not known.
pub(super) fn is_unknown(text: &str) -> bool {
    text.contains(|c| ('\u{f8fb}'..=SOME).contains(&c))
}

/// Whether `text` is about the device that a loop looks at, or the functions of one.
pub(super) fn is_each(text: &str) -> bool {
    text.contains(|c| ('\u{e000}'..=FUNCTIONS).contains(&c))
}

/// Whether `text` is empty, where that is known.
pub(super) fn is_empty(text: &str) -> Option<bool> {
    if text.is_empty() {
        Some(true)
    } else if text.contains(|c| c != ANY && c != PATTERN) {
        Some(false)
    } else {
        None
    }
}

/// Text in quotes, in which nothing has a meaning.
pub(super) fn quoted(text: &str) -> String {
    let hide = |c: char| {
        if SPECIAL.contains(&c) {
            char::from_u32(QUOTED + u32::from(c)).unwrap_or(c)
        } else {
            c
        }
    };
    text.chars().map(hide).collect()
}

/// The same text again as it is.
pub(super) fn plain(text: &str) -> String {
    let show = |c: char| {
        let code = u32::from(c);
        let special = code.checked_sub(QUOTED).and_then(char::from_u32);
        special.filter(|c| SPECIAL.contains(c)).unwrap_or(c)
    };
    text.chars().map(show).collect()
}

/// Whether `text` is matched as a whole by a pattern of `*`, `?` and plain text; `None` for one with brackets, and where
/// either is not known.
pub(super) fn matches(text: &str, pattern: &str) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    if pattern.contains('[') || is_unknown(pattern) || is_unknown(text) {
        return None;
    }
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = plain_but_stars(pattern);
    let whole = glob(&text, &pattern);
    // What a loop looks at can be any address.
    let special = text.iter().any(|c| ('\u{e000}'..=FUNCTIONS).contains(c));
    (whole || !special).then_some(whole)
}

/// The pattern with its quoted characters as they are, and its stars and question marks as private ones.
fn plain_but_stars(pattern: &str) -> Vec<char> {
    let mark = |c: char| match c {
        '*' => STAR,
        '?' => ONE,
        c => c,
    };
    let marked: String = pattern.chars().map(mark).collect();
    plain(&marked).chars().collect()
}

const STAR: char = '\u{e200}';
const ONE: char = '\u{e201}';

fn glob(text: &[char], pattern: &[char]) -> bool {
    let (mut t, mut p) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match pattern.get(p) {
            Some(&STAR) => {
                star = Some((t, p));
                p += 1;
            }
            Some(&d) if d == ONE || d == *c => {
                t += 1;
                p += 1;
            }
            _ => match star {
                Some((from, at)) => {
                    star = Some((from + 1, at));
                    t = from + 1;
                    p = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|c| *c == STAR))
}

/// Cuts what the pattern matches off the front or the end; `None` where that is not known.
pub(super) fn cut(text: &str, pattern: &str, front: bool, longest: bool) -> Option<String> {
    let ends: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    // The shortest part first.
    let mut order: Vec<usize> = ends;
    if front == longest {
        order.reverse();
    }
    for at in order {
        let (one, other) = text.split_at_checked(at)?;
        let (part, rest) = if front { (one, other) } else { (other, one) };
        let mut known = matches(part, pattern);
        if known.is_none()
            && is_each(part)
            && !pattern.contains('[')
            && !is_unknown(pattern)
            && !is_unknown(part)
        {
            // An address of any device is matched by a star only, and no part of a pattern is one.
            known = Some(false);
        }
        if known? {
            return Some(rest.to_owned());
        }
    }
    Some(text.to_owned())
}

/// A value that is not known, for each variable that a command sets.
pub(super) fn unknown() -> Vec<String> {
    vec![SOME.to_string()]
}

/// What a pattern was, where a value is one whose matches are not known.
pub(super) fn pattern(value: &str) -> Option<String> {
    let pattern = value.strip_prefix(PATTERN)?;
    (!is_unknown(pattern)).then(|| pattern.to_owned())
}
