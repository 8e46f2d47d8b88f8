//! Configuration files: `key=value` a line, `#` for comments.

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// `key=value`, blanks around both and one pair of double quotes around the value taken off.
    Setting(String, String),
    /// A line without `=`.
    Junk(String),
}

/// Cuts a file into its lines; bytes that are not UTF-8 become replacement characters, which no value can hold.
pub(super) fn lines(text: &[u8]) -> Vec<Line> {
    let text = String::from_utf8_lossy(text);
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(line)
        .collect()
}

fn line(line: &str) -> Line {
    let Some((key, value)) = line.split_once('=') else {
        return Line::Junk(line.to_owned());
    };
    // "#" starts a comment only behind a blank: no value of ours has blanks in it.
    let value = value
        .split_once(" #")
        .map_or(value, |(value, _)| value)
        .trim();
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
        assert_eq!(lines(text), wanted);
    }
}
