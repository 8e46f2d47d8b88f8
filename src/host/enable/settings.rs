//! The settings that `enable` writes, as text: a selector a line, with the name of its device beside it.
//!
//! Source: vfio-early.conf(5).

/// What a new file begins with.
const HEADER: &str = "# Written by vfio-early enable; vfio-early disable removes what is no longer wanted.\n\
                      # What else is to be configured belongs into a file of its own.\n";

/// A line of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// Selectors, and what follows them.
    Selectors {
        selectors: Vec<String>,
        comment: Option<String>,
    },
    /// A guard that is overridden, as it is written, and its selector.
    Force { text: String, selector: String },
    /// Anything else.
    Other(String),
}

/// The settings that `enable` wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings(Vec<Line>);

impl Settings {
    /// Reads the settings from their file.
    pub fn parse(text: &str) -> Self {
        Self(text.lines().map(line).collect())
    }

    /// The selectors, in their order.
    pub fn selectors(&self) -> impl Iterator<Item = &str> {
        let lists = self.0.iter().map(|line| match line {
            Line::Selectors { selectors, .. } => selectors.as_slice(),
            _ => &[],
        });
        lists.flatten().map(String::as_str)
    }

    /// Adds a selector with the name of what it is for; `false` where it is there.
    pub fn add(&mut self, selector: &str, name: &str) -> bool {
        if self.selectors().any(|known| known == selector) {
            return false;
        }
        if self.0.is_empty() {
            self.0.extend(HEADER.lines().map(line));
        }
        self.0.push(Line::Selectors {
            selectors: vec![selector.to_owned()],
            comment: Some(name.to_owned()).filter(|name| !name.is_empty()),
        });
        true
    }

    /// Adds an overridden guard; `false` where it is there.
    pub fn add_force(&mut self, force: &str) -> bool {
        let line = line(&format!("force={force}"));
        let is_new = !self.0.contains(&line);
        if is_new {
            self.0.push(line);
        }
        is_new
    }

    /// Removes a selector, and what is overridden for it.
    pub fn remove(&mut self, selector: &str) {
        self.0.retain_mut(|line| match line {
            Line::Selectors { selectors, .. } => {
                selectors.retain(|known| known != selector);
                !selectors.is_empty()
            }
            Line::Force { selector: of, .. } => of != selector,
            Line::Other(_) => true,
        });
    }

    /// The text of the file; `None` where no selector is left, and so there is no file.
    pub fn to_text(&self) -> Option<String> {
        self.selectors().next()?;
        let mut text = String::new();
        for line in &self.0 {
            match line {
                Line::Selectors { selectors, comment } => {
                    text.extend(["ids=", &selectors.join(",")]);
                    if let Some(comment) = comment {
                        text.extend([" # ", comment]);
                    }
                }
                Line::Force { text: line, .. } | Line::Other(line) => text += line,
            }
            text.push('\n');
        }
        Some(text)
    }
}

fn line(text: &str) -> Line {
    let (setting, comment) = match text.split_once(" #") {
        Some((setting, comment)) => (setting, Some(comment.trim().to_owned())),
        None => (text, None),
    };
    let other = || Line::Other(text.to_owned());
    let Some((key, value)) = setting.split_once('=') else {
        return other();
    };
    let value = value.trim().trim_matches('"');
    match key.trim() {
        "ids" | "devices" => Line::Selectors {
            selectors: value
                .split(|c: char| c == ',' || c.is_whitespace())
                .filter(|selector| !selector.is_empty())
                .map(str::to_owned)
                .collect(),
            comment,
        },
        "force" => match value.split_once('@') {
            Some((_, selector)) => Line::Force {
                text: text.to_owned(),
                selector: selector.to_owned(),
            },
            None => other(),
        },
        _ => other(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_again_and_removed_without_a_trace() {
        let mut settings = Settings::default();
        assert!(settings.add("10de:1200@00:01.0/00.0+card", "A card"));
        assert!(settings.add("8086:10d3", ""));
        assert!(!settings.add("8086:10d3", "again"));
        assert!(settings.add_force("display@10de:1200@00:01.0/00.0+card"));
        assert!(!settings.add_force("display@10de:1200@00:01.0/00.0+card"));
        let text = settings.to_text().unwrap();
        let wanted = format!(
            "{HEADER}ids=10de:1200@00:01.0/00.0+card # A card\nids=8086:10d3\n\
             force=display@10de:1200@00:01.0/00.0+card\n"
        );
        assert_eq!(text, wanted);
        let mut read = Settings::parse(&text);
        assert_eq!(read.to_text().as_deref(), Some(text.as_str()));
        read.remove("10de:1200@00:01.0/00.0+card");
        assert_eq!(read.to_text(), Some(format!("{HEADER}ids=8086:10d3\n")));
        read.remove("8086:10d3");
        assert_eq!(read.to_text(), None);
    }

    #[test]
    fn what_somebody_wrote_into_the_file_stays() {
        let text = "# mine\ndevices=01:00.0,02:00.0 # both\nexclude=03:00.0\nwhat\n";
        let mut settings = Settings::parse(text);
        settings.remove("01:00.0");
        let wanted = "# mine\nids=02:00.0 # both\nexclude=03:00.0\nwhat\n";
        assert_eq!(settings.to_text().as_deref(), Some(wanted));
    }
}
