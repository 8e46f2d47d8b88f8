//! The reader of archives on input of every kind: one archive after the other, cut off, hostile, padded.

use std::io::{self, ErrorKind, Read};

use vfio_early::host::image::kept::{Keep, Kept, kept};
use vfio_early::host::image::reader::ArchiveReader;

use crate::support::archive::Archive;
use crate::{early, ours};

/// The names in the archives, the trailers too, and how reading them ended.
fn names(bytes: &[u8]) -> (Vec<String>, io::Result<()>) {
    let mut archive = ArchiveReader::new(bytes);
    let mut names = Vec::new();
    loop {
        match archive.next_entry() {
            Ok(Some(entry)) => names.push(entry.name),
            Ok(None) => return (names, Ok(())),
            Err(error) => return (names, Err(error)),
        }
    }
}

/// The files of the archives, all with their contents.
fn files(bytes: &[u8]) -> Vec<Kept> {
    let (files, read) = kept(&mut ArchiveReader::new(bytes), |_| Some(Keep::Contents));
    read.unwrap();
    files
}

fn one_file(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = Archive::default();
    archive.file(name, bytes);
    archive.finish()
}

#[test]
fn an_entry_gives_its_header_its_name_and_its_own_data_only() {
    let mut archive = Archive::default();
    archive.entry("./a", 0o100_600, (7, 1), b"hello");
    archive.entry("/b", 0o120_777, (8, 1), b"a");
    archive.entry("c", 0o040_755, (9, 2), b"");
    let bytes = archive.finish();
    let mut archive = ArchiveReader::new(&bytes[..]);
    let mut entry = archive.next_entry().unwrap().unwrap();
    assert_eq!((entry.header.mode, entry.header.size), (0o100_600, 5));
    let mut start = [0; 2];
    entry.read_exact(&mut start).unwrap();
    assert_eq!((entry.name.as_str(), &start), ("a", b"he"));
    // The rest of the data is skipped.
    let mut entry = archive.next_entry().unwrap().unwrap();
    assert!(entry.header.is_link());
    let mut target = String::new();
    entry.read_to_string(&mut target).unwrap();
    assert_eq!((entry.name.as_str(), target.as_str()), ("b", "a"));
    let entry = archive.next_entry().unwrap().unwrap();
    assert!(!entry.header.has_other_names(), "a directory");
    assert!(archive.next_entry().unwrap().unwrap().is_trailer());
    assert!(archive.is_ended());
    assert!(archive.next_entry().unwrap().is_none() && archive.foreign().is_none());
}

#[test]
fn archives_that_follow_each_other_are_read_as_one() {
    let bytes = [one_file("a", b"1"), early(), one_file("a", b"2")].concat();
    let (names, read) = names(&bytes);
    read.unwrap();
    let microcode = "kernel/x86/microcode/AuthenticAMD.bin";
    let end = "TRAILER!!!";
    assert_eq!(names, ["a", end, "kernel", microcode, end, "a", end]);
    // What the kernel has in the end comes last.
    assert_eq!(files(&bytes).last().unwrap().bytes, b"2");
    // An archive without its end is followed by the next one all the same.
    let mut archive = Archive::default();
    archive.file("first", b"x");
    let bytes = [archive.unfinished(), one_file("second", b"")].concat();
    let names: Vec<String> = files(&bytes).into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["first", "second"]);
}

#[test]
fn zeros_behind_and_between_archives_are_skipped_up_to_a_bound() {
    let mut bytes = one_file("a", b"");
    bytes.resize(bytes.len() + (1 << 20), 0);
    bytes.extend(one_file("b", b""));
    bytes.resize(bytes.len() + 4097, 0);
    let mut archive = ArchiveReader::new(&bytes[..]);
    let (found, read) = kept(&mut archive, |_| Some(Keep::Name));
    read.unwrap();
    assert!(archive.foreign().is_none());
    assert_eq!(found.len(), 2);
    let zeros = io::repeat(0).take(1 << 40);
    let mut archive = ArchiveReader::new(zeros);
    assert!(archive.next_entry().unwrap().is_none());
    assert_eq!(archive.foreign(), Some(16 << 20));
    // It stays there.
    assert!(archive.next_entry().unwrap().is_none());
}

#[test]
fn an_archive_that_is_cut_off_anywhere_is_an_error_and_what_came_before_it_counts() {
    let whole = one_file("name", &[7; 9]);
    // The header, the name and its padding, the data and its padding, the header and the name of the trailer.
    let end = 110 + 6 + 12 + 110 + 10;
    for length in 1..=end {
        let mut archive = ArchiveReader::new(&whole[..length]);
        let (files, read) = kept(&mut archive, |_| Some(Keep::Contents));
        let between = length == 128;
        let expected = (!between).then_some(ErrorKind::UnexpectedEof);
        assert_eq!(read.err().map(|error| error.kind()), expected, "{length}");
        assert_eq!(files.len(), usize::from(length >= 116), "{length}");
        let kept = files.first().map_or(0, |file| file.bytes.len());
        assert_eq!(kept, length.saturating_sub(116).min(9), "{length}");
        assert!(!archive.is_ended() && archive.foreign().is_none());
    }
}

#[test]
fn a_hostile_header_takes_no_memory_and_ends_the_reading() {
    let bytes = |index: usize, value: u32| {
        let mut fields = [0, 0o100_644, 0, 0, 1, 0, 4, 0, 0, 0, 0, 5, 0];
        fields[index] = value;
        let mut archive = Archive::default();
        archive.raw(&fields, "name", b"text");
        archive.finish()
    };
    for size in [0, 4097, u32::MAX] {
        let mut archive = ArchiveReader::new(bytes(11, size).leak() as &[u8]);
        assert!(archive.next_entry().unwrap().is_none(), "{size}");
        assert_eq!(archive.foreign(), Some(0), "{size}");
    }
    // The longest name, and the longest data, of an archive that ends before.
    let error = |bytes: &[u8]| names(bytes).1.unwrap_err().kind();
    assert_eq!(error(&bytes(11, 4096)), ErrorKind::UnexpectedEof);
    assert_eq!(error(&bytes(6, u32::MAX)), ErrorKind::UnexpectedEof);
    let digits = String::from_utf8_lossy(&bytes(11, 5)).replacen("00000005", "0000000g", 1);
    let mut archive = ArchiveReader::new(digits.as_bytes());
    assert!(archive.next_entry().unwrap().is_none());
    assert_eq!(archive.foreign(), Some(0));
}

#[test]
fn reading_ends_where_something_else_begins() {
    let early = early();
    // What another program has compressed, a header without numbers, and an archive at a place where none may begin.
    let headless = format!("070701{:x>104}", "");
    let shifted = [b"\0", &ours()[..]].concat();
    for (other, at) in [
        (&b"\x28\xb5\x2f\xfd"[..], 0),
        (headless.as_bytes(), 0),
        (&shifted, 1),
    ] {
        let bytes = [&early[..], other].concat();
        let mut archive = ArchiveReader::new(&bytes[..]);
        let (files, read) = kept(&mut archive, |_| Some(Keep::Contents));
        read.unwrap();
        assert_eq!(archive.foreign(), Some(early.len() as u64 + at));
        let is_microcode = |file: &Kept| file.name.ends_with(".bin") && file.bytes == [7; 1000];
        assert!(files.iter().any(is_microcode));
    }
}

#[test]
fn names_of_one_file_have_its_data_within_one_archive() {
    let mut first = Archive::default();
    first.entry("empty", 0o100_644, (6, 2), b"");
    first.entry("waits", 0o100_644, (7, 3), b"");
    first.entry("last", 0o100_644, (7, 3), b"data");
    let mut second = Archive::default();
    second.entry("other", 0o100_644, (6, 2), b"other");
    let files = files(&[first.finish(), second.finish()].concat());
    let of = |name: &str| {
        let file = files.iter().find(|file| file.name == name);
        file.map(|file| file.bytes.as_slice())
    };
    assert_eq!(of("waits"), Some(&b"data"[..]));
    assert_eq!(of("last"), Some(&b"data"[..]));
    // Its data was in no other entry: the file is empty.
    assert_eq!(of("empty"), Some(&b""[..]));
    assert_eq!(of("other"), Some(&b"other"[..]));
}

#[test]
fn no_more_is_kept_than_a_few_megabytes() {
    let mut archive = Archive::default();
    let large = vec![1; 5 << 20];
    for index in 0..5 {
        archive.file(&index.to_string(), &large);
    }
    let sizes: Vec<usize> = files(&archive.finish())
        .iter()
        .map(|file| file.bytes.len())
        .collect();
    assert_eq!(sizes, [4 << 20, 4 << 20, 4 << 20, 4 << 20, 0]);
}
