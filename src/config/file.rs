//! Configuration files: `key=value` a line, `#` for comments.

/// A line with a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `key=value`, blanks around both and one pair of double quotes around the value taken off.
    Setting(String, String),
    /// A line without `=`.
    Junk(String),
}

/// Cuts a file into its lines. A byte order mark is no part of them, and they can end as on other systems.
///
/// Errors where it is no text in UTF-8; comments can be in any encoding.
pub(super) fn lines(text: &[u8]) -> Result<Vec<Line>, String> {
    if text.starts_with(b"\xff\xfe") || text.starts_with(b"\xfe\xff") || text.contains(&0) {
        return Err("it is UTF-16 or no text; UTF-8 is wanted".to_owned());
    }
    let mut lines = Vec::new();
    for (index, bytes) in text.split(|byte| *byte == b'\n').enumerate() {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let Ok(text) = std::str::from_utf8(without_comment(bytes)) else {
            return Err(format!("line {} is not UTF-8", index + 1));
        };
        let text = text.trim();
        if !text.is_empty() {
            lines.push(line(text));
        }
    }
    Ok(lines)
}

/// A line without its comment. "#" starts one only at the front or behind a blank: no value of ours has blanks in it.
fn without_comment(line: &[u8]) -> &[u8] {
    let is_comment = |at: usize| {
        let before = line.get(..at).unwrap_or_default();
        before.last() == Some(&b' ') || before.trim_ascii().is_empty()
    };
    let mut marks = line.iter().enumerate().filter(|(_, byte)| **byte == b'#');
    match marks.find(|(at, _)| is_comment(*at)) {
        Some((at, _)) => line.get(..at).unwrap_or_default(),
        None => line,
    }
}

fn line(line: &str) -> Line {
    let Some((key, value)) = line.split_once('=') else {
        return Line::Junk(line.to_owned());
    };
    let value = value.trim();
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    Line::Setting(key.trim().to_owned(), value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_blanks_and_quotes_are_no_part_of_a_value() {
        let text = b"# all\n\n ids = 10de:1200 # the card\nexclude=\"03:00.0\"\r\nvfio-early.mode=off\nwhat\n";
        let setting = |key: &str, value: &str| Line::Setting(key.into(), value.into());
        let wanted = vec![
            setting("ids", "10de:1200"),
            setting("exclude", "03:00.0"),
            setting("vfio-early.mode", "off"),
            Line::Junk("what".into()),
        ];
        assert_eq!(lines(text), Ok(wanted));
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_a_comment_can_be_in_any_encoding() {
        let text = b"\xef\xbb\xbfids=10de:1200\r\n# f\xfcr\r\nexclude=03:00.0 # f\xfcr\r\n";
        let setting = |key: &str, value: &str| Line::Setting(key.into(), value.into());
        let wanted = vec![setting("ids", "10de:1200"), setting("exclude", "03:00.0")];
        assert_eq!(lines(text), Ok(wanted));
    }

    #[test]
    fn what_is_not_in_utf_8_is_an_error() {
        for text in [
            b"\xff\xfei\0d\0".as_slice(),
            b"\xfe\xff\0i\0d",
            b"i\0d\0s\0",
            b"ids=10de:1200\nexclude=03:00.0\xa0\n",
        ] {
            assert!(lines(text).is_err(), "{text:?}");
        }
    }
}
