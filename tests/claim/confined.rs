//! `--root`: nothing below it leads out of it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use crate::program::{claim, dir, run};
use crate::stage::{DISK, MODULES, Stage, machine};

/// A root, and a directory beside it that must not be reached.
fn pair() -> (TempDir, TempDir) {
    let dir = dir(&Stage::on(
        &machine(MODULES),
        "vfio-early.ids=01:00.0 vfio-early.mode=dry-run",
    ));
    (dir, TempDir::new().unwrap())
}

/// A link that leads from anywhere below `root` to `target`, by its absolute path or step by step.
fn links(root: &Path, target: &Path, place: &str, test: &dyn Fn(&str)) {
    let up = format!("{}{}", "../".repeat(12), target.display());
    for leads in [target.to_str().unwrap(), &up] {
        let link = root.join(place);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(leads, &link).unwrap();
        test(leads);
        fs::remove_file(link).unwrap();
    }
}

#[test]
fn no_link_leads_to_a_file_of_another_root() {
    let (root, other) = pair();
    fs::write(other.path().join("a.conf"), "exclude=01:00.0\n").unwrap();
    let conf = other.path().join("a.conf");
    links(root.path(), &conf, "etc/vfio-early.conf", &|leads| {
        let (status, _, err) = claim(root.path(), &[]);
        assert_eq!(status, 2, "{leads}");
        assert!(err.contains("vfio-early.conf: No such file"), "{err}");
    });
    links(root.path(), other.path(), "etc/vfio-early.d", &|leads| {
        let (status, _, err) = claim(root.path(), &[]);
        assert_eq!(status, 2, "{leads}");
        assert!(err.contains("vfio-early.d: No such file"), "{err}");
    });
}

#[test]
fn a_link_is_resolved_below_the_root() {
    let (root, _other) = pair();
    fs::write(root.path().join("real.conf"), "exclude=01:00.0\n").unwrap();
    links(
        root.path(),
        Path::new("/real.conf"),
        "etc/vfio-early.conf",
        &|leads| {
            let (status, out, err) = claim(root.path(), &["--dry-run"]);
            assert_eq!(status, 0, "{leads}: {out}{err}");
            assert!(out.contains(&format!("refused {DISK} ")), "{out}");
        },
    );
}

#[test]
fn nothing_is_written_outside_of_the_root() {
    let (root, other) = pair();
    fs::remove_dir_all(root.path().join("run")).unwrap();
    links(root.path(), other.path(), "run", &|leads| {
        assert_eq!(claim(root.path(), &[]).0, 2, "{leads}");
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0, "{leads}");
    });
}

#[test]
fn a_module_of_an_image_is_a_file_of_the_root() {
    let (root, other) = pair();
    let secret = other.path().join("vfio-pci.ko");
    fs::write(&secret, "not of this root").unwrap();
    let dep = root.path().join("lib/modules/6.1.0/modules.dep");
    let up = format!("{}{}", "../".repeat(12), secret.display());
    for path in [secret.to_str().unwrap(), &up] {
        fs::write(&dep, format!("{path}:\n")).unwrap();
        let output = run(&["--root", root.path().to_str().unwrap(), "image"]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("not of this root"), "{path}");
        assert_eq!(output.status.code(), Some(2), "{path}");
    }
}
