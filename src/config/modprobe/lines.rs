//! The lines of a file of modprobe.d, before their words are read.

/// Cuts a file into its lines. A backslash at the end of a line joins the next to it with nothing between them; in front
/// of any other byte it is dropped, and that byte loses its meaning. Nothing behind a NUL counts in a line.
pub(super) fn lines(text: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = Vec::new();
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => lines.push(std::mem::take(&mut line)),
            b'\\' => match bytes.next() {
                Some(b'\n') | None => {}
                Some(escaped) => line.push(*escaped),
            },
            _ => line.push(*byte),
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines.iter().map(|line| up_to_nul(line)).collect()
}

fn up_to_nul(line: &[u8]) -> String {
    let end = line.iter().position(|byte| *byte == 0);
    let line = line.get(..end.unwrap_or(line.len())).unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_joins_two_lines_and_is_dropped_elsewhere() {
        for (text, wanted) in [
            ("a b\nc", vec!["a b", "c"]),
            ("ids=1\\\n0de:1 x\\y\n", vec!["ids=10de:1 xy"]),
            ("a \\\n \\\nb\n", vec!["a  b"]),
            ("a\\\\\nb", vec!["a\\", "b"]),
            ("a\\", vec!["a"]),
            ("a\\\r\nb", vec!["a\r", "b"]),
            ("a\0b\nc\n\n", vec!["a", "c", ""]),
            ("", vec![]),
        ] {
            assert_eq!(lines(text.as_bytes()), wanted, "{text:?}");
        }
    }
}
