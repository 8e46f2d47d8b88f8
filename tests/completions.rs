//! The completions of bash, zsh and fish, run by these shells: they offer what `--help` lists and `list` shows.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads its own files"
)]

use std::path::Path;
use std::process::Command;

/// A shell, how it starts without anybody's settings, and its completion.
type Shell = (&'static str, &'static [&'static str], &'static str);

const SHELLS: [Shell; 3] = [
    ("bash", &["--norc"], "vfio-early.bash"),
    ("zsh", &["-f"], "_vfio-early"),
    ("fish", &["--no-config"], "vfio-early.fish"),
];

const MACHINE: &str = "tests/cases/200-list/machine";

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_vfio-early"))
}

fn run(command: &mut Command) -> (String, String) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().unwrap_or_else(|error| {
        panic!("{name}: {error}; install the package of that name, or run tests/setup")
    });
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// What a shell offers at the end of each line, in order, each word once.
fn offers((name, options, file): Shell, lines: &[String]) -> Vec<Vec<String>> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut path = vec![program().parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let home = tempfile::tempdir().unwrap();
    let (seen, stderr) = run(Command::new(name)
        .args(options)
        .arg(top.join("tests/completions").join(name))
        .arg(top.join("packaging/completions").join(file))
        .args(lines)
        .current_dir(top)
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("HOME", home.path()));
    assert_eq!(stderr, "", "{name}");
    let mut offers = vec![Vec::new()];
    for line in seen.lines() {
        match line {
            "" => offers.push(Vec::new()),
            word => offers.last_mut().unwrap().push(word.to_owned()),
        }
    }
    offers.pop();
    assert_eq!(offers.len(), lines.len(), "{name}: {seen}");
    for words in &mut offers {
        words.sort_unstable();
        words.dedup();
    }
    offers
}

fn help(command: &[&str]) -> String {
    let arguments = command.iter().chain(&["--help"]);
    run(Command::new(program()).args(arguments)).0
}

/// The first words of the rows below a heading of a help, in order.
fn rows(help: &str, heading: &str) -> Vec<String> {
    let rows = help.lines().skip_while(|line| *line != heading).skip(1);
    let rows = rows.take_while(|line| line.starts_with(' '));
    let first = |row: &str| {
        let mut words = row.split([' ', ',']).filter(|word| !word.is_empty());
        words.find(|word| word.len() > 2).map(str::to_owned)
    };
    let mut rows: Vec<_> = rows
        .filter_map(|row| row.strip_prefix("  "))
        .filter(|row| !row.starts_with(' '))
        .filter_map(first)
        .collect();
    rows.sort_unstable();
    rows
}

#[test]
fn every_command_and_every_option_of_the_help_is_offered_and_nothing_else() {
    let commands = rows(&help(&[]), "Commands:");
    assert!(commands.len() >= 10, "{commands:?}");
    let mut lines = vec!["vfio-early ".to_owned(), "vfio-early --".to_owned()];
    let mut wanted = vec![commands.clone(), rows(&help(&[]), "Options:")];
    for command in &commands {
        lines.push(format!("vfio-early --root / {command} --"));
        wanted.push(rows(&help(&[command]), "Options:"));
    }
    for shell in SHELLS {
        let seen = offers(shell, &lines);
        for ((line, wanted), seen) in lines.iter().zip(&wanted).zip(seen) {
            assert_eq!(*wanted, seen, "{}: {line}", shell.0);
        }
    }
}

/// What all shells offer at the end of a line that begins with `vfio-early`.
fn offered(lines: &[&str]) -> Vec<[Vec<String>; 3]> {
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("vfio-early {line}"))
        .collect();
    let mut all = SHELLS.map(|shell| offers(shell, &lines).into_iter());
    lines
        .iter()
        .map(|_| all.each_mut().map(|offers| offers.next().unwrap()))
        .collect()
}

#[test]
fn the_devices_of_the_machine_are_offered_where_a_command_wants_one() {
    let explain = format!("explain --json --machine {MACHINE} ");
    let seen = offered(&[
        &format!("{explain}0000:05:"),
        &format!("{explain}05:"),
        &format!("list --machine {MACHINE} 10de:1"),
        &format!("export qemu --machine {MACHINE} 01:0"),
        &format!("{explain}ffff:"),
        "--root /nonexistent status ",
    ]);
    // Bash replaces what is behind the last colon; fish takes a word that holds what was typed.
    let both = |bash: [&str; 2], zsh: [&str; 2], fish: [&str; 2]| {
        [bash, zsh, fish].map(|words| words.map(str::to_owned).to_vec())
    };
    let long = ["0000:05:00.0", "0000:05:00.1"];
    assert_eq!(seen[0], both(["00.0", "00.1"], long, long));
    let short = ["05:00.0", "05:00.1"];
    assert_eq!(seen[1], both(["00.0", "00.1"], short, long));
    let one = |words: [&str; 3]| words.map(|word| vec![word.to_owned()]);
    assert_eq!(seen[2], one(["1200", "10de:1200", "10de:1200"]));
    assert_eq!(seen[3], one(["00.0", "01:00.0", "0000:01:00.0"]));
    for nothing in &seen[4..] {
        assert!(nothing.iter().all(Vec::is_empty), "{nothing:?}");
    }
}

/// The words that an error lists as wanted: `"?" is not listed or whole`.
fn wanted(arguments: &[&str]) -> Vec<String> {
    let stderr = run(Command::new(program()).args(arguments)).1;
    let words = stderr.trim().rsplit(" is not ").next().unwrap();
    let words = words
        .rsplit(" digits, or ")
        .next()
        .unwrap()
        .replace(" or ", ", ");
    let mut words: Vec<_> = words.split(", ").map(str::to_owned).collect();
    words.sort_unstable();
    words
}

#[test]
fn what_the_completions_know_themselves_is_what_the_program_takes() {
    let list = format!("list --machine {MACHINE} ");
    for (line, arguments) in [
        ("export ", ["export", "?"].as_slice()),
        (&format!("{list}class:"), &["list", "class:?"]),
        ("bind --force ", &["bind", "--force", "?", "00:00.0"]),
        ("bind --group ", &["bind", "--group", "?", "00:00.0"]),
    ] {
        let wanted = wanted(arguments);
        assert!(wanted.len() > 1, "{wanted:?}");
        let [bash, zsh, fish] = &offered(&[line])[0];
        assert_eq!(*bash, wanted, "{line}");
        let whole = |word: &String| {
            if line.ends_with(':') {
                format!("class:{word}")
            } else {
                word.clone()
            }
        };
        let wanted: Vec<_> = wanted.iter().map(whole).collect();
        assert_eq!([zsh, fish], [&wanted, &wanted], "{line}");
    }
    let drivers = &offered(&["bind --driver "])[0];
    assert!(
        drivers
            .iter()
            .all(|words| words == &["auto", "pci-stub", "vfio-pci"])
    );
    let displays = &offered(&[&format!("{list}sec")])[0];
    assert!(displays.iter().all(|words| words == &["secondary-gpus"]));
}

#[test]
fn an_option_that_wants_a_value_is_offered_files_or_nothing() {
    let seen = offered(&[
        "list --machine READ",
        "image -o READ",
        "plan --cmdline ",
        "bind --timeout ",
        "plan ",
    ]);
    let file = || vec!["README.md".to_owned()];
    assert_eq!(
        seen[..2],
        [[file(), file(), file()], [file(), file(), file()]]
    );
    for nothing in &seen[2..] {
        assert!(nothing.iter().all(Vec::is_empty), "{nothing:?}");
    }
}
