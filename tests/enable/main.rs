//! `enable` and `disable` change a system: what is there afterwards, also where the generator fails, a disk is full, or
//! the program is killed at any of its changes.
//!
//! The files are real ones below a directory; the generator and the kill stand in for those of a system.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "a test fails by panicking, and reads its own files"
)]

#[path = "../support/mod.rs"]
mod support;
mod system;
mod terminal;

use std::process::ExitCode;

use system::{Generator, System};

/// A Debian system with two kernels.
const DEBIAN: &str = include_str!("../cases/760-enable-debian/host");
const ENABLE: &str = "enable --yes 05:00.0";

fn debian() -> System {
    let system = System::new(DEBIAN);
    system.make_images(None);
    system
}

/// The settings that enable a device, as they are written.
fn enabled() -> String {
    let system = System::new(DEBIAN);
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    system.settings().unwrap()
}

#[test]
fn settings_and_images_are_made_and_undone() {
    let system = debian();
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    let settings = system.settings().unwrap();
    assert!(
        settings.contains("\nids=10de:1200@0000:00:03.1/00.0+card"),
        "{settings}"
    );
    assert_eq!(system.images(), System::images_with(Some(&settings)));
    assert_eq!(*system.runs.borrow(), ["update-initramfs -u -k all"]);
    assert_eq!(system.kept(), 0);
    // Once more, nothing is to be done.
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    assert_eq!(system.runs.borrow().len(), 1);
    assert_eq!(system.run("enable --yes 0a:00.3"), Some(ExitCode::SUCCESS));
    assert_eq!(system.run("disable --yes 05:00.0"), Some(ExitCode::SUCCESS));
    let settings = system.settings().unwrap();
    assert!(
        !settings.contains("10de") && settings.contains("1022:149c"),
        "{settings}"
    );
    assert_eq!(system.images(), System::images_with(Some(&settings)));
    assert_eq!(system.run("disable --yes 0a:00.3"), Some(ExitCode::SUCCESS));
    assert_eq!((system.settings(), system.kept()), (None, 0));
    assert_eq!(system.images(), System::images_with(None));
}

#[test]
fn an_image_that_somebody_made_without_the_settings_is_made_anew() {
    let system = debian();
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    let path = system.dir.path().join("boot/initrd.img-6.1.0");
    std::fs::write(path, system::image(None)).unwrap();
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    assert_eq!(
        system.images(),
        System::images_with(system.settings().as_deref())
    );
}

#[test]
fn what_a_generator_does_wrong_is_put_back() {
    for generator in [
        Generator::Fails,
        Generator::CutsOff,
        Generator::FillsDisk,
        Generator::ForgetsSettings,
    ] {
        let system = debian();
        system.generator.set(generator);
        assert_eq!(system.run(ENABLE), Some(ExitCode::from(1)), "{generator:?}");
        assert_eq!(system.settings(), None, "{generator:?}");
        assert_eq!(system.images(), System::images_with(None), "{generator:?}");
        assert_eq!(system.kept(), 0, "{generator:?}");
    }
}

#[test]
fn nothing_is_changed_where_there_is_no_room_or_nobody_agreed() {
    let system = debian();
    system.free.set(1 << 20);
    assert_eq!(system.run(ENABLE), Some(ExitCode::from(2)));
    system.free.set(1 << 40);
    assert_eq!(system.run("enable --yes 01:00.0"), Some(ExitCode::from(2)));
    assert_eq!(system.run("enable --yes 00:03.1"), Some(ExitCode::from(2)));
    assert_eq!(system.run("enable --yes 09:00.0"), Some(ExitCode::from(2)));
    assert_eq!(
        system.run("enable --dry-run 05:00.0"),
        Some(ExitCode::SUCCESS)
    );
    assert_eq!((system.settings(), system.kept()), (None, 0));
    assert!(system.runs.borrow().is_empty());
    assert_eq!(system.images(), System::images_with(None));
}

#[test]
fn settings_that_cannot_be_written_change_nothing() {
    let system = debian();
    let dir = system.dir.path().join("etc/vfio-early.d");
    std::fs::create_dir_all(dir.parent().unwrap()).unwrap();
    std::fs::write(&dir, "no directory").unwrap();
    assert_ne!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    assert_eq!(system.images(), System::images_with(None));
    assert_eq!(system.kept(), 0);
}

/// Every image is whole, with the settings or as it was.
fn assert_boots(system: &System, settings: &str, at: usize) {
    let (old, new) = (
        System::images_with(None),
        System::images_with(Some(settings)),
    );
    for (index, image) in system.images().iter().enumerate() {
        assert!(
            *image == old[index] || *image == new[index],
            "killed at {at}"
        );
    }
    let found = system.settings();
    assert!(
        found.as_deref().is_none_or(|found| found == settings),
        "killed at {at}"
    );
}

/// Systems on which the program was killed at each of its changes.
fn killed(command: &str, prepare: impl Fn() -> System) -> Vec<(usize, System)> {
    let mut systems = Vec::new();
    for at in 1.. {
        let system = prepare();
        system.killed_at.set(Some(at));
        let status = system.run(command);
        system.killed_at.set(None);
        if status.is_some() {
            break;
        }
        systems.push((at, system));
    }
    assert!(systems.len() > 10, "{}", systems.len());
    systems
}

#[test]
fn killed_at_any_change_the_machine_boots_and_enable_repairs_it() {
    let settings = enabled();
    for (at, system) in killed(ENABLE, debian) {
        assert_boots(&system, &settings, at);
        assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS), "{at}");
        assert_eq!(system.settings().as_ref(), Some(&settings), "{at}");
        assert_eq!(
            system.images(),
            System::images_with(Some(&settings)),
            "{at}"
        );
        assert_eq!(system.kept(), 0, "{at}");
    }
}

#[test]
fn killed_and_then_failing_everything_is_as_before() {
    let settings = enabled();
    for (at, system) in killed(ENABLE, debian) {
        system.generator.set(Generator::Fails);
        // The last thing that is killed is only what was kept.
        let status = system.run(ENABLE);
        assert_boots(&system, &settings, at);
        if status == Some(ExitCode::from(1)) {
            assert_eq!(system.settings(), None, "{at}");
            assert_eq!(system.images(), System::images_with(None), "{at}");
        }
        system.generator.set(Generator::Works);
        assert_eq!(
            system.run("disable --yes --all").map(|_| system.settings()),
            Some(None)
        );
    }
}

#[test]
fn disable_killed_at_any_change_can_be_repeated() {
    let settings = enabled();
    let enabled = || {
        let system = debian();
        assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
        system
    };
    for (at, system) in killed("disable --yes --all", enabled) {
        assert_boots(&system, &settings, at);
        assert_eq!(
            system.run("disable --yes --all"),
            Some(ExitCode::SUCCESS),
            "{at}"
        );
        assert_eq!((system.settings(), system.kept()), (None, 0), "{at}");
        assert_eq!(system.images(), System::images_with(None), "{at}");
    }
}

#[test]
fn what_is_written_by_hand_is_not_edited() {
    let system = debian();
    let path = system.dir.path().join("etc/vfio-early.conf");
    let by_hand = "# mine\nids=05:00.0\n";
    std::fs::write(&path, by_hand).unwrap();
    assert_eq!(system.run(ENABLE), Some(ExitCode::SUCCESS));
    assert_eq!(system.run("disable --yes 05:00.0"), Some(ExitCode::from(2)));
    assert_eq!(system.settings(), None);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), by_hand);
}

#[test]
fn the_word_for_the_iommu_comes_and_goes_with_its_file() {
    let intel = include_str!("../cases/761-enable-iommu-debian-grub/machine");
    let system = System::of(intel, DEBIAN);
    system.make_images(None);
    let file = "etc/default/grub.d/50-vfio-early.cfg";
    // Without the word there is no IOMMU.
    assert_eq!(system.run(ENABLE), Some(ExitCode::from(2)));
    let enable = "enable --yes --iommu 05:00.0";
    system.generator.set(Generator::Fails);
    assert_eq!(system.run(enable), Some(ExitCode::from(1)));
    assert_eq!((system.read(file), system.settings()), (None, None));
    let update = "update-initramfs -u -k all";
    // GRUB reads once more what is there in the end.
    assert_eq!(
        *system.runs.borrow(),
        ["update-grub", update, "update-grub"]
    );
    system.generator.set(Generator::Works);
    assert_eq!(system.run(enable), Some(ExitCode::SUCCESS));
    let text = String::from_utf8(system.read(file).unwrap()).unwrap();
    assert!(text.ends_with("\nGRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX intel_iommu=on\"\n"));
    assert_eq!(system.run("disable --yes --all"), Some(ExitCode::SUCCESS));
    assert_eq!((system.read(file), system.settings()), (None, None));
    assert_eq!(system.images(), System::images_with(None));
}
