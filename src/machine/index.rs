//! The binary form of modules.dep and its like, which is all that some generators leave in an image.
//!
//! Source: kmod's libkmod/libkmod-index.c: a tree of prefixes, numbers big-endian.

const MAGIC: u32 = 0xb007_f457;
const MAJOR: u32 = 2;
/// The upper bits of an offset show what its node has.
const OFFSET: u32 = 0x0fff_ffff;
const PREFIX: u32 = 0x8000_0000;
const VALUES: u32 = 0x4000_0000;
const CHILDREN: u32 = 0x2000_0000;

/// The first value under `key`; of modules.dep it is the line of that module.
pub(super) fn find<'a>(index: &'a [u8], key: &str) -> Option<&'a [u8]> {
    let mut head = IndexReader(index);
    let (magic, version) = (head.number()?, head.number()?);
    if magic != MAGIC || version >> 16 != MAJOR {
        return None;
    }
    let mut offset = head.number()?;
    let mut rest = key.as_bytes();
    loop {
        let mut node = IndexReader(index.get(usize::try_from(offset & OFFSET).ok()?..)?);
        if offset & PREFIX != 0 {
            rest = rest.strip_prefix(node.text()?)?;
        }
        let mut next = None;
        if offset & CHILDREN != 0 {
            let (first, last) = (node.byte()?, node.byte()?);
            for letter in first..=last {
                let child = node.number()?;
                if rest.first() == Some(&letter) && child & OFFSET != 0 {
                    next = Some(child);
                }
            }
        }
        let Some((_, behind)) = rest.split_first() else {
            return (offset & VALUES != 0).then(|| node.value())?;
        };
        // Every step takes a letter of the key: a loop in a damaged file ends too.
        (offset, rest) = (next?, behind);
    }
}

/// As many nodes as are looked at: a damaged file can have paths without end.
const MOST: usize = 4096;

/// Hands over each value whose key begins with `start`, with the whole key.
pub(super) fn each(index: &[u8], start: &str, take: &mut dyn FnMut(&str, &str)) {
    let mut head = IndexReader(index);
    let is_index = head.number() == Some(MAGIC) && head.number().map(|n| n >> 16) == Some(MAJOR);
    let mut open: Vec<(u32, Vec<u8>)> = Vec::new();
    open.extend(
        head.number()
            .filter(|_| is_index)
            .map(|root| (root, Vec::new())),
    );
    for _ in 0..MOST {
        let Some((offset, key)) = open.pop() else {
            return;
        };
        // A node that is cut short has what was read of it.
        let _ = node(index, offset, key, start, &mut open, take);
    }
}

/// Hands over the values of one node and puts down its children, as far as their keys can begin with `start`.
fn node(
    index: &[u8],
    offset: u32,
    mut key: Vec<u8>,
    start: &str,
    open: &mut Vec<(u32, Vec<u8>)>,
    take: &mut dyn FnMut(&str, &str),
) -> Option<()> {
    let mut node = IndexReader(index.get(usize::try_from(offset & OFFSET).ok()?..)?);
    if offset & PREFIX != 0 {
        key.extend(node.text()?);
    }
    let fits = |key: &[u8]| key.starts_with(start.as_bytes()) || start.as_bytes().starts_with(key);
    if !fits(&key) {
        return None;
    }
    if offset & CHILDREN != 0 {
        let (first, last) = (node.byte()?, node.byte()?);
        let before = open.len();
        for letter in first..=last {
            let child = node.number()?;
            let below = [key.as_slice(), &[letter]].concat();
            if child & OFFSET != 0 && fits(&below) {
                open.push((child, below));
            }
        }
        // In the order of their keys.
        open.get_mut(before..)?.reverse();
    }
    if offset & VALUES != 0 && key.starts_with(start.as_bytes()) {
        let key = std::str::from_utf8(&key).ok()?;
        for _ in 0..node.number()? {
            node.number()?;
            take(key, std::str::from_utf8(node.text()?).ok()?);
        }
    }
    Some(())
}

/// What is left of the bytes.
struct IndexReader<'a>(&'a [u8]);

impl<'a> IndexReader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn number(&mut self) -> Option<u32> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*bytes))
    }

    /// Bytes up to a NUL.
    fn text(&mut self) -> Option<&'a [u8]> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (text, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        Some(text)
    }

    /// The first of the values: how many there are, a priority, the text.
    fn value(&mut self) -> Option<&'a [u8]> {
        let count = self.number()?;
        self.number()?;
        (count > 0).then(|| self.text())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: u32 = 41;

    /// The index of the modules `vfio` and `vfio_pci`: a root with the prefix `vfio`, a child under `_`.
    fn sample() -> Vec<u8> {
        let mut bytes = Vec::new();
        let numbers = |bytes: &mut Vec<u8>, values: &[u32]| {
            bytes.extend(values.iter().flat_map(|value| value.to_be_bytes()));
        };
        numbers(
            &mut bytes,
            &[MAGIC, 0x0002_0001, ROOT | PREFIX | CHILDREN | VALUES],
        );
        bytes.extend(b"pci\0");
        numbers(&mut bytes, &[1, 7]);
        bytes.extend(b"b/vfio-pci.ko: a\0");
        assert_eq!(bytes.len(), ROOT as usize);
        bytes.extend(b"vfio\0__");
        numbers(&mut bytes, &[12 | PREFIX | VALUES, 1, 3]);
        bytes.extend(b"a/vfio.ko:\0");
        bytes
    }

    #[test]
    fn a_module_is_found_by_its_name_and_no_other() {
        let index = sample();
        assert_eq!(find(&index, "vfio"), Some(&b"a/vfio.ko:"[..]));
        assert_eq!(find(&index, "vfio_pci"), Some(&b"b/vfio-pci.ko: a"[..]));
        for absent in ["", "vfi", "vfio_", "vfio_pc", "vfio_pci_core", "nvme"] {
            assert_eq!(find(&index, absent), None, "{absent}");
        }
    }

    #[test]
    fn all_keys_with_one_beginning_are_found() {
        let found = |index: &[u8], start| {
            let mut found = Vec::new();
            each(index, start, &mut |key, value| {
                found.push(format!("{key} {value}"))
            });
            found
        };
        let index = sample();
        let (vfio, pci) = ("vfio a/vfio.ko:", "vfio_pci b/vfio-pci.ko: a");
        assert_eq!(found(&index, "vf"), [vfio, pci]);
        assert_eq!(found(&index, "vfio_"), [pci]);
        assert_eq!(found(&index, "nvme"), [""; 0]);
        for end in 0..index.len() {
            assert!(found(&index[..end], "").len() < 2, "{end}");
        }
        let mut round = index;
        let child = ROOT as usize + 7;
        round[child..child + 4].copy_from_slice(&(ROOT | CHILDREN).to_be_bytes());
        found(&round, "vfio");
    }

    #[test]
    fn a_damaged_index_has_nothing() {
        let index = sample();
        for end in 0..index.len() {
            assert_eq!(find(&index[..end], "vfio"), None, "{end}");
        }
        let mut round = index;
        // The child is the root itself.
        let child = ROOT as usize + 7;
        round[child..child + 4].copy_from_slice(&(ROOT | CHILDREN).to_be_bytes());
        assert_eq!(find(&round, "vfio____"), None);
        assert_eq!(find(b"not an index at all", "vfio"), None);
    }
}
