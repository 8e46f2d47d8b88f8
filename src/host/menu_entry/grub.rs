//! The entry of GRUB: the first one of a configuration, with which nothing is claimed.
//!
//! Source: `linux_entry()` in GRUB's util/grub.d/10_linux.in.

use super::text::{ASIDE, OFF};

/// The first entry of `config` once more, as GRUB reads it; `None` where there is none that starts a kernel.
pub fn copy(config: &str) -> Option<String> {
    let mut lines = config.lines().skip_while(|line| !begins(line));
    let mut copied = head(lines.next()?.trim_start())?;
    let mut starts = false;
    for line in lines {
        copied.push_str(line);
        if is_kernel(line) {
            starts = true;
            copied.extend([" ", OFF]);
        }
        copied.push('\n');
        if line.trim() == "}" {
            return starts.then_some(copied);
        }
    }
    None
}

fn begins(line: &str) -> bool {
    line.trim_start().starts_with("menuentry ")
}

/// `linux`, `linux16` or `linuxefi` with what it starts.
fn is_kernel(line: &str) -> bool {
    let word = line.split_whitespace().next().unwrap_or_default();
    matches!(word, "linux" | "linux16" | "linuxefi")
}

/// The line that begins the entry, with a title and an id of its own.
fn head(line: &str) -> Option<String> {
    let rest = line.strip_prefix("menuentry ")?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let end = title_end(rest, quote)?;
    let (title, rest) = (rest.get(..end)?, rest.get(end..)?);
    let id = "$menuentry_id_option ";
    let rest = match rest.split_once(id) {
        Some((before, after)) => {
            let after = after.split_once(char::is_whitespace)?.1;
            format!("{before}{id}'vfio-early-off' {after}")
        }
        None => rest.to_owned(),
    };
    Some(format!("menuentry {title}{ASIDE}{rest}\n"))
}

/// Where the quote is that ends a title; one inside is written `'\''`.
fn title_end(text: &str, quote: char) -> Option<usize> {
    let mut quotes = text.match_indices(quote).map(|(at, _)| at).skip(1);
    loop {
        let at = quotes.next()?;
        let after = text.get(at + 1..)?;
        if after.starts_with("\\''") {
            // The one that is meant, and the one that goes on.
            quotes.next();
            quotes.next();
        } else {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBIAN: &str = "\
function gfxmode {
\tset gfxpayload=\"${1}\"
}
menuentry 'Debian GNU/Linux' --class debian --class os $menuentry_id_option 'gnulinux-simple-1234' {
\tload_video
\tif [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
\tlinux\t/boot/vmlinuz-6.1.0-28-amd64 root=UUID=1234 ro  quiet
\techo\t'Loading initial ramdisk ...'
\tinitrd\t/boot/initrd.img-6.1.0-28-amd64
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1234' {
\tmenuentry 'Debian GNU/Linux, with Linux 6.1.0-28-amd64' {
\t\tlinux\t/boot/vmlinuz-6.1.0-28-amd64
\t}
}
";

    #[test]
    fn the_default_entry_is_copied_with_a_title_and_an_id_of_its_own() {
        let start = DEBIAN.find("menuentry").unwrap();
        let end = DEBIAN.find("submenu").unwrap();
        let wanted = DEBIAN[start..end]
            .replace("GNU/Linux'", "GNU/Linux, without vfio-early'")
            .replace("gnulinux-simple-1234", "vfio-early-off")
            .replace("ro  quiet", "ro  quiet vfio-early.mode=off");
        assert_eq!(copy(DEBIAN), Some(wanted));
    }

    #[test]
    fn a_title_with_a_quote_stays_one_word() {
        let text = "menuentry 'Anna'\\''s Linux' --class a {\n\tlinux /l\n}\n";
        let wanted = "menuentry 'Anna'\\''s Linux, without vfio-early' --class a {\n\tlinux /l vfio-early.mode=off\n}\n";
        assert_eq!(copy(text).as_deref(), Some(wanted));
    }

    #[test]
    fn what_is_no_entry_of_a_kernel_is_not_copied() {
        for text in [
            "",
            "insmod blscfg\nblscfg\n",
            "menuentry 'UEFI Firmware Settings' {\n\tfwsetup\n}\n",
            "menuentry 'cut off' {\n\tlinux /l\n",
            "menuentry unquoted {\n\tlinux /l\n}\n",
            "menuentry '",
            "menuentry '\\'",
        ] {
            assert_eq!(copy(text), None, "{text}");
        }
    }
}
