//! The text of an entry of the Boot Loader Specification, and the copy of it with which nothing is claimed.
//!
//! Source: the Boot Loader Specification, section type #1: a key and a value a line; `options` may be repeated.

/// The word that makes an entry the one without a claim.
pub const OFF: &str = "vfio-early.mode=off";
/// What the title of the copy has behind that of the entry that it copies.
pub const ASIDE: &str = ", without vfio-early";

/// The value of the first line with this key.
pub fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    pairs(text).find_map(|(known, value)| (known == key).then_some(value))
}

/// Whether an entry claims nothing already.
pub fn is_off(text: &str) -> bool {
    options(text).any(|word| word == OFF)
}

/// The copy of the entry of this text; `None` where it starts no kernel with a command line of its own.
pub fn copy(text: &str) -> Option<String> {
    value(text, "linux").filter(|kernel| !kernel.is_empty())?;
    let mut copied =
        "# Made by vfio-early enable --menu-entry, and made anew for each kernel.\n".to_owned();
    let is_options = |line: &str| pair(line).is_some_and(|(key, _)| key == "options");
    let last = text.lines().enumerate();
    let last = last.filter(|(_, line)| is_options(line));
    let last = last.map(|(index, _)| index).last();
    for (index, line) in text.lines().enumerate() {
        let more = match pair(line) {
            Some(("title", _)) => ASIDE,
            // Behind all entries of this system; those of the same key are in the order of their versions.
            Some(("sort-key", _)) => "-vfio-early-off",
            Some(("options", _)) if last == Some(index) => {
                copied.extend([line.trim_end(), " ", OFF, "\n"]);
                continue;
            }
            _ => "",
        };
        copied.extend([line.trim_end(), more, "\n"]);
    }
    if last.is_none() {
        copied.extend(["options ", OFF, "\n"]);
    }
    Some(copied)
}

fn options(text: &str) -> impl Iterator<Item = &str> {
    let values = pairs(text).filter_map(|(key, value)| (key == "options").then_some(value));
    values.flat_map(str::split_whitespace)
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(pair)
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.starts_with('#') {
        return None;
    }
    let (key, value) = line.split_once([' ', '\t'])?;
    Some((key, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "\
# Boot Loader Specification type#1 entry
title      Debian GNU/Linux 12 (bookworm)
version    6.1.0-28-amd64
machine-id 0123456789abcdef0123456789abcdef
sort-key   debian
options    root=UUID=1234 ro quiet
linux      /debian/6.1.0-28-amd64/linux
initrd     /debian/6.1.0-28-amd64/initrd.img-6.1.0-28-amd64
";

    #[test]
    fn the_copy_differs_in_title_options_and_place() {
        let copied = copy(DEBIAN).unwrap();
        let wanted = DEBIAN
            .replace("(bookworm)", "(bookworm), without vfio-early")
            .replace("debian\noptions", "debian-vfio-early-off\noptions")
            .replace("quiet", "quiet vfio-early.mode=off");
        assert_eq!(copied.split_once('\n').unwrap().1, wanted);
        assert!(is_off(&copied) && !is_off(DEBIAN));
    }

    #[test]
    fn the_word_comes_last_whatever_lines_there_are() {
        let two = "title A\nlinux /l\noptions a vfio-early.mode=claim\noptions b\ninitrd /i\n";
        let copied = copy(two).unwrap();
        assert!(
            copied.contains("mode=claim\noptions b vfio-early.mode=off\n"),
            "{copied}"
        );
        let none = copy("title A\nlinux /l\n").unwrap();
        assert!(none.ends_with("options vfio-early.mode=off\n"), "{none}");
        // GRUB of Fedora takes the words from its environment.
        let variable = copy("linux /l\noptions $kernelopts\n").unwrap();
        assert!(
            variable.contains("options $kernelopts vfio-early.mode=off\n"),
            "{variable}"
        );
    }

    #[test]
    fn what_starts_no_kernel_is_not_copied() {
        for text in [
            "",
            "title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n",
            "linux\n",
            "# linux /l\n",
        ] {
            assert_eq!(copy(text), None, "{text}");
        }
    }
}
