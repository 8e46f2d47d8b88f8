//! Output that nothing can take, and what `image -o` does to what is in its place.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;

use crate::program::{dir, run};
use crate::stage::{DISK, MODULES, Stage, machine};

const BOTH: &str = "vfio-early.ids=01:00.0,00:03.0";

#[test]
fn output_that_is_lost_is_an_error_of_every_command() {
    let dir = dir(&Stage::on(&machine(MODULES), BOTH));
    let root = dir.path().to_str().unwrap();
    let commands: [&[&str]; 14] = [
        &["--help"],
        &["--version"],
        &["claim", "--dry-run"],
        &["plan"],
        &["plan", "--json"],
        &["list"],
        &["list", "--json"],
        &["status"],
        &["explain", DISK],
        &["check"],
        &["import"],
        &["protect"],
        &["capture"],
        &["image"],
    ];
    for words in commands {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vfio-early"));
        command.args(["--root", root]).args(words);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {stderr}");
        let wanted = "cannot write to standard output: No space left on device";
        assert!(stderr.contains(wanted), "{words:?}: {stderr}");
    }
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let program = env!("CARGO_BIN_EXE_vfio-early");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = Command::new(program).arg("--help").stdout(writer).status();
    assert_eq!(child.unwrap().code(), Some(0));
}

/// Writes an image to `place` and returns the exit status.
fn image(place: &Path) -> Option<i32> {
    let stage = Stage::on(&machine(MODULES), BOTH);
    let root = dir(&stage);
    let root = root.path().to_str().unwrap();
    let output = run(&["--root", root, "image", "-o", place.to_str().unwrap()]);
    output.status.code()
}

fn is_image(bytes: &[u8]) -> bool {
    bytes.starts_with(b"070701") && bytes.len() > 10_000
}

#[test]
fn an_image_is_written_into_what_is_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let (fifo, link) = (dir.path().join("fifo"), dir.path().join("link"));
    mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let reader = Command::new("cat")
        .arg(&fifo)
        .stdout(Stdio::piped())
        .spawn();
    let mut reader = reader.unwrap();
    let mut pipe = reader.stdout.take().unwrap();
    let read = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).map(|_| bytes)
    });
    assert_eq!(image(&fifo), Some(0));
    assert!(is_image(&read.join().unwrap().unwrap()));
    reader.wait().unwrap();
    assert!(fs::symlink_metadata(&fifo).unwrap().file_type().is_fifo());

    symlink("target", &link).unwrap();
    assert_eq!(image(&link), Some(0));
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(is_image(&fs::read(dir.path().join("target")).unwrap()));
    symlink("/dev/full", dir.path().join("full")).unwrap();
    assert_eq!(image(&dir.path().join("full")), Some(2));
    assert_eq!(image(Path::new("/dev/null")), Some(0));
    let null = fs::symlink_metadata("/dev/null").unwrap();
    assert!(null.file_type().is_char_device());
}

#[test]
fn an_image_in_place_of_a_file_is_whole_and_keeps_its_mode() {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join("image");
    assert_eq!(image(&place), Some(0));
    assert_eq!(fs::metadata(&place).unwrap().mode() & 0o7777, 0o600);
    fs::write(&place, "before").unwrap();
    fs::set_permissions(&place, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(image(&place), Some(0));
    assert!(is_image(&fs::read(&place).unwrap()));
    assert_eq!(fs::metadata(&place).unwrap().mode() & 0o7777, 0o640);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// What the functions of the generators do, as far as a hook without them needs.
const FUNCTIONS: &str = "dracutsysrootdir= systemdsystemunitdir=/lib BUILDROOT=$1 DESTDIR=$1 initdir=$1 version=6.1.0
for name in inst_simple inst_multiple dracut_module_included ln_r inst_hook add_binary add_file add_runscript \
    add_symlink add_module copy_exec copy_file manual_add_modules dfatal error; do
    eval \"$name() { echo $name \\\"\\$@\\\" >&2; }\"
done
add_dir() { mkdir -p \"$1$BUILDROOT\"; }
";

#[test]
fn a_hook_puts_no_list_into_an_image_that_protect_could_not_print_in_full() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let hooks = [
        ("dracut/56vfio-early/module-setup.sh", "install"),
        ("mkinitcpio/install/vfio-early", "build"),
        ("initramfs-tools/hooks/vfio-early", ":"),
    ];
    // The last word of each is what there is to find.
    let programs = [
        ("echo whole list", true),
        ("echo half; exit 2", false),
        ("kill -9 $BASHPID", false),
        ("exit 0", false),
    ];
    for (hook, function) in hooks {
        let hook = fs::read_to_string(top.join(hook)).unwrap();
        let hook = hook.replace("/usr/bin/vfio-early ", "vfio-early ");
        let hook = hook.replace(". /usr/share/initramfs-tools/hook-functions", ":");
        for (program, works) in programs {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("etc")).unwrap();
            let script = format!(
                "vfio-early() {{ ( case \"$*\" in *protect) {program} ;; esac ); }}\n{FUNCTIONS}\n{hook}\n{function}\n"
            );
            let mut command = Command::new("bash");
            let output = command.args(["-c", &script, "bash"]).arg(dir.path());
            let output = output.output().unwrap();
            assert_eq!(output.status.success(), works, "{program}: {output:?}");
            let list = fs::read_to_string(dir.path().join("etc/vfio-early.protect"));
            assert_eq!(list.ok().as_deref(), works.then_some("whole list\n"));
        }
    }
}
