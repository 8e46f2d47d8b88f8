//! Times, system calls, memory and size of a claim, beside shell scripts that do the same on the same machine.
//!
//! `make bench` runs it. The machines are file trees in memory, so this is user space alone: no module is loaded and
//! no driver answers. It prints, and never fails on a number. The goals are those of the README.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark may stop at the first surprise, and it writes its own files"
)]

mod measure;
#[path = "../tests/boot/harness/store.rs"]
#[allow(dead_code, reason = "the boot tests use the rest")]
mod store;
#[path = "../tests/support/tree.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests use the rest")]
mod tree;

use std::process::{Command, Stdio};
use std::time::Instant;

use vfio_early::act::Claimed;
use vfio_early::config;
use vfio_early::machine::Machine;
use vfio_early::plan::Plan;
use vfio_early::report::plan_lines;
use vfio_early::sys::Root;

use measure::cost::{LastWord, peak_memory, system_calls};
use measure::peers::{PEERS, Peer, Shell};
use measure::sample::{Sample, short, since};
use measure::site::{Answer, CARDS, Site};
use measure::table::{Goal, Table};

/// Functions of the machines: a desktop, a server, the biggest that is spoken of.
const SIZES: [usize; 3] = [20, 256, 4096];
/// Selectors of one device.
const ONE_IDENTITY: &str = "144d:a80a@00:1b.0/00.0";
const ONE_ADDRESS: &str = "03:00.0";
/// An id that no function has, so that each is one that nobody asked for.
const NO_ID: &str = "1d0f:ffff";
const ONE_PATH: &str = "00:1b.0/00.0";

fn main() {
    let sites = SIZES.map(Site::new);
    let mut table = Table::default();
    println!(
        "A claim of one device in ten, on machines in memory. Times from start to end of the process.\n"
    );
    for site in &sites {
        own_times(site, &mut table);
    }
    println!();
    in_process(&sites, &mut table);
    println!("\nThe same claim by shell scripts, each beside vfio-early in the same run:\n");
    for site in &sites {
        peers(site, &mut table);
    }
    println!();
    costs(&sites, &mut table);
    table.print();
}

/// The program on `site`, ready to start.
fn vfio_early(site: &Site, arguments: &[&str]) -> Command {
    let mut command = Command::new(store::binary());
    command.arg("--root").arg(site.root()).args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn timed(command: &mut Command) -> f64 {
    let start = Instant::now();
    let status = command.status().unwrap();
    let time = since(start);
    assert!(status.success(), "{command:?}: {status}");
    time
}

/// One claim from a fresh start.
fn claim(site: &Site) -> f64 {
    site.restore(Answer::Bound);
    timed(&mut vfio_early(site, &["claim"]))
}

/// How long the program takes: nothing, a plan, a claim.
fn own_times(site: &Site, table: &mut Table) {
    let functions = site.functions;
    let rounds = if functions > 1000 { 15 } else { 51 };
    if functions == SIZES[0] {
        let version = Sample::of(rounds, || timed(&mut vfio_early(site, &["--version"])));
        table.fact("start and end of the program alone", &version.to_string());
    }
    let plan = Sample::of(rounds, || {
        timed(&mut vfio_early(site, &["claim", "--dry-run"]))
    });
    table.fact(
        &format!("dry run, {functions} functions"),
        &plan.to_string(),
    );
    site.ask(ONE_IDENTITY);
    let one = Sample::of(rounds, || {
        timed(&mut vfio_early(site, &["claim", "--dry-run"]))
    });
    site.ask(CARDS);
    table.fact(
        &format!("dry run for one by identity, {functions} functions"),
        &one.to_string(),
    );
    let claim = Sample::of(rounds, || claim(site));
    let (what, measured) = (format!("claim, {functions} functions"), claim.to_string());
    let goal = match functions {
        20 => Goal::AtMost(1.0),
        4096 => Goal::AtMost(20.0),
        _ => return table.fact(&what, &measured),
    };
    table.goal(&what, claim.median(), "ms", &measured, goal);
}

/// The same code inside this process: reading, planning, printing.
fn in_process(sites: &[Site], table: &mut Table) {
    for site in sites {
        let root = Root::at(site.root());
        let (mut read, mut decided, mut lines) = (Vec::new(), Vec::new(), Vec::new());
        site.restore(Answer::Free);
        for _ in 0..21 {
            let start = Instant::now();
            let request = config::read(&root);
            let machine = Machine::read(&root, &request).unwrap();
            read.push(since(start));
            let start = Instant::now();
            let plan = Plan::new(&request, &machine);
            let claimed = Claimed::planned(plan);
            decided.push(since(start));
            let start = Instant::now();
            let text = plan_lines(&claimed);
            lines.push(since(start));
            assert!(!text.is_empty());
        }
        for (step, times) in [("read", read), ("plan", decided), ("print", lines)] {
            let sample = Sample::new(times, "ms");
            let each = sample.median() * 1e3 / site.functions as f64;
            let what = format!("{step} in process, {} functions", site.functions);
            table.fact(&what, &format!("{sample}, {each:.2} us a function"));
        }
    }
}

/// Every peer with every shell; on the biggest machine only the first shell, for the sake of time.
fn peers(site: &Site, table: &mut Table) {
    let big = site.functions > 1000;
    let (rounds, count) = if big { (3, 1) } else { (9, 3) };
    let shells = Shell::all();
    for peer in PEERS {
        let (mut least, mut each) = (f64::INFINITY, Vec::new());
        for shell in shells.iter().take(count) {
            let ratio = compare(site, peer, shell, rounds, table).median();
            least = least.min(ratio);
            each.push(format!("{} {}", shell.name, short(ratio)));
        }
        let what = format!("{}, {} functions", peer.title(), site.functions);
        let measured = format!("{} times ours", each.join(", "));
        match peer {
            // How much better than the best shell matters in a booted machine; here it is only printed.
            Peer::Best => table.fact(&what, &measured),
            _ => table.goal(&what, least, "times ours", &measured, Goal::AtLeast(50.0)),
        }
    }
}

/// Runs one peer and vfio-early in turns; how many times longer the peer takes.
fn compare(site: &Site, peer: Peer, shell: &Shell, rounds: usize, table: &Table) -> Sample {
    let (mut theirs, mut ratios) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        site.restore(peer.answer());
        let time = peer.run(site, shell);
        assert!(site.is_claimed(), "{peer:?} did another claim");
        theirs.push(time);
        ratios.push(time / claim(site));
        assert!(site.is_claimed(), "vfio-early did another claim");
    }
    let (theirs, ratio) = (Sample::new(theirs, "ms"), Sample::new(ratios, "times"));
    let functions = site.functions;
    let what = format!("{}, {}, {functions} functions", peer.title(), shell.name);
    table.fact(&what, &format!("{theirs}, {ratio}"));
    ratio
}

/// System calls, memory, size.
fn costs(sites: &[Site; 3], table: &mut Table) {
    for (form, selector) in [
        ("an id", NO_ID),
        ("an address", ONE_ADDRESS),
        ("a path", ONE_PATH),
        ("an identity", ONE_IDENTITY),
    ] {
        let counts = sites.each_ref().map(|site| {
            site.ask(selector);
            let calls = system_calls(&vfio_early(site, &["claim", "--dry-run"]));
            site.ask(CARDS);
            calls
        });
        let each = (counts[2] - counts[1]) as f64 / (SIZES[2] - SIZES[1]) as f64;
        let what = format!("system calls a function not asked for, by {form}");
        let measured = format!("{each:.2} (dry run at {SIZES:?} functions: {counts:?})");
        table.goal(&what, each, "calls", &measured, Goal::AtMost(4.0));
    }
    let big = &sites[2];
    for (what, arguments, last) in [
        ("dry run", &["claim", "--dry-run"][..], LastWord::Stdout),
        ("claim", &["claim"], LastWord::Stderr),
    ] {
        big.restore(Answer::Bound);
        let peak = peak_memory(&mut vfio_early(big, arguments), last) as f64 / 1024.0;
        let what = format!("peak memory, {what}, {} functions", big.functions);
        let measured = format!("{peak:.2} MB");
        table.goal(&what, peak, "MB", &measured, Goal::AtMost(2.0));
    }
    for (what, file, most) in [
        ("binary, all commands", store::binary(), 1000.0),
        ("binary, boot build", store::boot_binary(), 400.0),
    ] {
        let size = std::fs::metadata(file).unwrap().len() as f64 / 1000.0;
        table.goal(
            what,
            size,
            "KB",
            &format!("{size:.0} KB"),
            Goal::AtMost(most),
        );
    }
}
