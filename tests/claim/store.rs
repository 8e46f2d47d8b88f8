//! The report on the disk: whole or absent, and nobody else's.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use vfio_early::sys::Root;

use crate::program::{claim, dir};
use crate::stage::Stage;

const DRY: &str = "vfio-early.ids=01:00.0,00:03.0 vfio-early.mode=dry-run";

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn fifty_writers_at_a_time_never_leave_a_reader_without_a_whole_report() {
    let dir = dir(&Stage::new(DRY));
    assert_eq!(claim(dir.path(), &[]).0, 0);
    let place = dir.path().join("run/vfio-early/report.json");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut reads = 0;
                    while !done.load(Ordering::Relaxed) || reads == 0 {
                        let text = fs::read(&place).unwrap();
                        let report: Value = serde_json::from_slice(&text).unwrap();
                        assert_eq!(report["devices"].as_array().unwrap().len(), 2);
                        reads += 1;
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..50)
            .map(|_| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_vfio-early"));
                command.arg("--root").arg(dir.path()).arg("claim");
                command.stderr(std::process::Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut writer in writers {
            assert_eq!(writer.wait().unwrap().code(), Some(0));
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    let mut left: Vec<_> = fs::read_dir(place.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["lock", "report.json"]);
}

#[test]
fn modes_are_the_same_whatever_the_umask() {
    for umask in ["000", "027", "077"] {
        let dir = dir(&Stage::new(DRY));
        let script = format!("umask {umask}; exec \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &script, "sh", env!("CARGO_BIN_EXE_vfio-early")]);
        let output = command.arg("--root").arg(dir.path()).arg("claim").output();
        assert_eq!(output.unwrap().status.code(), Some(0));
        let run = dir.path().join("run/vfio-early");
        let modes = [&run, &run.join("report.json"), &run.join("lock")].map(|path| mode(path));
        assert_eq!(modes, [0o755, 0o644, 0o600], "umask {umask}");
    }
}

#[test]
fn the_copy_of_a_rom_is_for_root_alone() {
    let dir = dir(&Stage::new(DRY));
    let root = Root::at(dir.path());
    root.store_rom("0000:01:00.0".parse().unwrap(), b"rom")
        .unwrap();
    let place = dir.path().join("run/vfio-early/rom");
    assert_eq!(mode(&place), 0o755);
    assert_eq!(mode(&place.join("0000:01:00.0.rom")), 0o600);
}

#[test]
fn a_directory_that_others_may_write_is_refused() {
    let others: [fn(&Path); 4] = [
        |path| fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap(),
        |path| fs::set_permissions(path, Permissions::from_mode(0o775)).unwrap(),
        |path| chown(path, Some(1234), None).unwrap(),
        |path| {
            fs::remove_dir(path).unwrap();
            fs::create_dir(path.with_file_name("other")).unwrap();
            symlink("other", path).unwrap();
        },
    ];
    for spoil in others {
        let dir = dir(&Stage::new(DRY));
        let run = dir.path().join("run/vfio-early");
        fs::create_dir_all(&run).unwrap();
        spoil(&run);
        let (status, _, err) = claim(dir.path(), &[]);
        assert_eq!(status, 2, "{err}");
        assert!(err.contains("the report could not be written"), "{err}");
        assert_eq!(fs::read_dir(&run).unwrap().count(), 0, "{err}");
    }
}

#[test]
fn a_directory_of_ours_with_a_narrower_mode_is_widened() {
    let dir = dir(&Stage::new(DRY));
    let run = dir.path().join("run/vfio-early");
    fs::create_dir_all(&run).unwrap();
    fs::set_permissions(&run, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(claim(dir.path(), &[]).0, 0);
    assert_eq!(mode(&run), 0o755);
}

#[test]
fn a_link_in_place_of_lock_or_report_is_not_followed() {
    let dir = dir(&Stage::new(DRY));
    let run = dir.path().join("run/vfio-early");
    fs::create_dir_all(&run).unwrap();
    fs::set_permissions(&run, Permissions::from_mode(0o755)).unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "kept").unwrap();
    symlink(&victim, run.join("report.json")).unwrap();
    assert_eq!(claim(dir.path(), &[]).0, 0);
    assert!(
        run.join("report.json")
            .symlink_metadata()
            .unwrap()
            .is_file()
    );
    fs::remove_file(run.join("lock")).unwrap();
    symlink(&victim, run.join("lock")).unwrap();
    assert_eq!(claim(dir.path(), &[]).0, 2);
    assert_eq!(fs::read_to_string(victim).unwrap(), "kept");
}
