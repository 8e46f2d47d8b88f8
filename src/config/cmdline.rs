//! The kernel command line, cut into parameters as the kernel cuts it.
//!
//! Source: `next_arg()` in Linux's lib/cmdline.c, `parse_args()` in kernel/params.c and the table in lib/ctype.c, the
//! same from 6.1 to 7.2.

/// One parameter: the bytes before and after its first `=`, quotes taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written.
    pub key: &'a [u8],
    /// What stands behind `=`; `None` without one.
    pub value: Option<&'a [u8]>,
}

/// A parameter and how it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// What the kernel reads in it.
    pub param: Param<'a>,
    /// The whole word, quotes included.
    pub text: &'a [u8],
}

/// Cuts `text`, which may be any bytes, into the kernel's parameters; those behind ` -- ` belong to init.
pub fn params(text: &[u8]) -> impl Iterator<Item = Param<'_>> {
    words(text).map(|word| word.param)
}

/// The same, with each parameter as it was written.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let end = text
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(text.len());
    let mut rest = text.get(..end).unwrap_or_default();
    std::iter::from_fn(move || {
        rest = trimmed(rest);
        if rest.is_empty() {
            return None;
        }
        let (param, after) = next(rest);
        let length = rest.len().saturating_sub(after.len());
        let text = rest.get(..length).unwrap_or_default();
        rest = after;
        let end = Param {
            key: b"--",
            value: None,
        };
        (param != end).then_some(Word { param, text })
    })
}

/// The kernel's `isspace()`: the Latin-1 no-break space counts.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r' | 0xa0)
}

/// Takes the first parameter off `text`, which begins with no blank.
fn next(text: &[u8]) -> (Param<'_>, &[u8]) {
    let quoted = text.first() == Some(&b'"');
    let text = if quoted {
        text.get(1..).unwrap_or_default()
    } else {
        text
    };
    let mut in_quote = quoted;
    let mut equals = None;
    let mut end = text.len();
    for (at, byte) in text.iter().enumerate() {
        if is_space(*byte) && !in_quote {
            end = at;
            break;
        }
        if *byte == b'=' && at > 0 && equals.is_none() {
            equals = Some(at);
        }
        in_quote ^= *byte == b'"';
    }
    let (word, after) = text.split_at(end);
    let (key, value) = match equals {
        Some(at) => (
            word.get(..at).unwrap_or_default(),
            Some(unquoted(word.get(at + 1..).unwrap_or_default())),
        ),
        None => (word, None),
    };
    let close = |part| if quoted { unclosed(part) } else { part };
    match value {
        Some(value) => (
            Param {
                key,
                value: Some(close(value)),
            },
            after,
        ),
        None => (
            Param {
                key: close(key),
                value,
            },
            after,
        ),
    }
}

/// Takes a quote off the front and, only then, one off the end.
fn unquoted(value: &[u8]) -> &[u8] {
    value.strip_prefix(b"\"").map_or(value, unclosed)
}

fn unclosed(part: &[u8]) -> &[u8] {
    part.strip_suffix(b"\"").unwrap_or(part)
}

/// `text` without the blanks at its front.
fn trimmed(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !is_space(*byte))
        .unwrap_or(text.len());
    text.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(bytes: &[u8]) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let show = |p: Param<'_>| {
            p.value.map_or(text(p.key), |value| {
                format!("{} -> {}", text(p.key), text(value))
            })
        };
        params(bytes).map(show).collect()
    }

    #[test]
    fn words_quotes_and_the_double_dash_are_the_kernels() {
        for (text, wanted) in [
            ("a=1 b  c=2\n", vec!["a -> 1", "b", "c -> 2"]),
            (
                "\"name=a b\" name=\"a b\"",
                vec!["name -> a b", "name -> a b"],
            ),
            ("single='a b'", vec!["single -> 'a", "b'"]),
            ("x\"y z\"w q", vec!["x\"y z\"w", "q"]),
            ("a=1 -- b=2", vec!["a -> 1"]),
            ("a=1 --", vec!["a -> 1"]),
            ("a=1 \"--\" b=2", vec!["a -> 1"]),
            ("--x=1 -- y", vec!["--x -> 1"]),
            ("a= =b a==", vec!["a -> ", "=b", "a -> ="]),
            ("a=\"open to the end", vec!["a -> open to the end"]),
            ("a=x\"y z\" b", vec!["a -> x\"y z\"", "b"]),
            ("", vec![]),
            (" \t\n", vec![]),
            ("a\0b=1", vec!["a"]),
        ] {
            assert_eq!(shown(text.as_bytes()), wanted, "{text:?}");
        }
        assert_eq!(shown(b"a=1\xa0b=\xff"), ["a -> 1", "b -> \u{fffd}"]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_no_word_is_lost(text in prop::collection::vec(any::<u8>(), 0..200)) {
            for param in params(&text) {
                prop_assert!(param.key.len() + param.value.map_or(0, <[u8]>::len) <= text.len());
            }
        }

        #[test]
        fn plain_words_come_back_as_they_were(words in prop::collection::vec("[a-z][a-z0-9.:_-]{0,9}", 0..9)) {
            prop_assert_eq!(shown(words.join(" ").as_bytes()), words);
        }
    }
}
