//! Writes the binary form of modules.dep and its like, as depmod(8) does.

use std::collections::BTreeMap;

use vfio_early::machine::module_name;

const MAGIC: [u32; 2] = [0xb007_f457, 0x0002_0001];
const VALUES: u32 = 0x4000_0000;
const CHILDREN: u32 = 0x2000_0000;

/// The index of these lines of modules.dep; of two lines about one module the first counts.
pub fn of(lines: &[&str]) -> Vec<u8> {
    let mut values = BTreeMap::new();
    for line in lines {
        if let Some((path, _)) = line.split_once(':') {
            values
                .entry(module_name(path).into_bytes())
                .or_insert(*line);
        }
    }
    written(&values)
}

/// The index of these keys, each with its value.
#[allow(dead_code, reason = "for the claim tests")]
pub fn of_pairs(pairs: &[(&str, &str)]) -> Vec<u8> {
    let pairs = pairs.iter();
    written(
        &pairs
            .map(|(key, value)| (key.as_bytes().to_vec(), *value))
            .collect(),
    )
}

fn written(values: &BTreeMap<Vec<u8>, &str>) -> Vec<u8> {
    let mut bytes: Vec<u8> = [MAGIC[0], MAGIC[1], 0]
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect();
    let root = node(&mut bytes, values, &[]);
    bytes[8..12].copy_from_slice(&root.to_be_bytes());
    bytes
}

/// Writes the node of the keys that begin with `prefix`, the nodes below it first; returns where it is and what it has.
fn node(bytes: &mut Vec<u8>, values: &BTreeMap<Vec<u8>, &str>, prefix: &[u8]) -> u32 {
    let below = |key: &&Vec<u8>| key.len() > prefix.len() && key.starts_with(prefix);
    let mut letters: Vec<u8> = values
        .keys()
        .filter(below)
        .map(|key| key[prefix.len()])
        .collect();
    letters.dedup();
    let mut children = [0; 256];
    for letter in &letters {
        children[usize::from(*letter)] = node(bytes, values, &[prefix, &[*letter]].concat());
    }
    let mut offset = u32::try_from(bytes.len()).expect("a small index");
    if let (Some(first), Some(last)) = (letters.first(), letters.last()) {
        offset |= CHILDREN;
        bytes.extend([*first, *last]);
        let range = &children[usize::from(*first)..=usize::from(*last)];
        bytes.extend(range.iter().flat_map(|child| child.to_be_bytes()));
    }
    if let Some(line) = values.get(prefix) {
        offset |= VALUES;
        bytes.extend([0, 0, 0, 1, 0, 0, 0, 0]);
        bytes.extend([line.as_bytes(), b"\0"].concat());
    }
    offset
}
