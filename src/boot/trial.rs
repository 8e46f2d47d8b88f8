//! A claim on trial: counts the boot before any device is touched.
//!
//! Whatever cannot be read or written here, the claim is made: the boot never depends on the firmware.

use nix::errno::Errno;

use crate::act::load_file_system;
use crate::config::{Problem, Trial};
use crate::machine::VARIABLES_MODULE;
use crate::sys::{ENABLED, Root, SysPath, TRIAL};

/// Counts this boot where the claim is on trial. What is returned belongs to the request; a trial that failed forbids the
/// claim.
///
/// Only `vfio-early enable` starts a trial, and the image has its file then: without that the firmware is not asked.
pub(super) fn count_down(root: &Root) -> Option<Problem> {
    let could_be = root.exists(SysPath::ConfigFile(ENABLED)) && root.exists(SysPath::EfiVariables);
    if !could_be {
        return None;
    }
    let mounted = !root.has_variables();
    let counted = if mounted { mount(root) } else { Ok(()) };
    let counted = counted.and_then(|()| count(root));
    if mounted {
        let _ = root.unmount_variables();
    }
    counted.unwrap_or_else(|error| Some(Problem::TrialNotCounted { error }))
}

/// Mounts the firmware's variables, whose file system can be a module.
fn mount(root: &Root) -> Result<(), String> {
    if root.mount_variables().is_ok() {
        return Ok(());
    }
    let release = root.attribute(SysPath::Release).unwrap_or_default();
    let release = String::from_utf8_lossy(&release);
    load_file_system(root, release.trim_end(), VARIABLES_MODULE)?;
    match root.mount_variables() {
        // The kernel does not ask this firmware at run time, so no trial was started either.
        Err(error) if error.errno() == Errno::EOPNOTSUPP as i32 => Ok(()),
        mounted => mounted.map_err(|error| error.to_string()),
    }
}

fn count(root: &Root) -> Result<Option<Problem>, String> {
    let text = |error: crate::sys::Error| error.to_string();
    let Some(bytes) = root.variable(TRIAL).map_err(text)? else {
        return Ok(None);
    };
    let Some(trial) = Trial::parse(&bytes) else {
        return Err(format!("the variable {TRIAL} is not of a known layout"));
    };
    let Some(left) = trial.counted_down() else {
        return Ok(Some(Problem::TrialFailed));
    };
    root.write_variable(TRIAL, &left.to_bytes()).map_err(text)?;
    let by_hand = trial.by_hand;
    Ok(Some(Problem::OnTrial { by_hand }))
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test writes its own files")]
mod tests {
    use std::fs;

    use super::*;

    /// A root whose image was made by `enable`, with this variable where it has any.
    fn tree(variable: Option<&[u8]>) -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::at(dir.path());
        for (place, bytes) in [
            (SysPath::ConfigFile(ENABLED), Some(&b""[..])),
            (SysPath::EfiVariable(TRIAL), variable),
        ] {
            let path = root.path(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            if let Some(bytes) = bytes {
                fs::write(path, bytes).unwrap();
            }
        }
        (dir, root)
    }

    #[test]
    fn a_boot_on_trial_is_counted_and_the_next_one_claims_nothing() {
        let (_dir, root) = tree(Some(b"\x07\0\0\0\x01\x01\x01"));
        let by_hand = true;
        assert_eq!(count_down(&root), Some(Problem::OnTrial { by_hand }));
        for _ in 0..2 {
            assert_eq!(count_down(&root), Some(Problem::TrialFailed));
            let left = root.variable(TRIAL).unwrap();
            assert_eq!(left.as_deref(), Some(&b"\x07\0\0\0\x01\x00\x01"[..]));
        }
    }

    #[test]
    fn without_a_trial_nothing_is_counted() {
        let (_dir, root) = tree(None);
        assert_eq!(count_down(&root), None);
        assert_eq!(root.variable(TRIAL).unwrap(), None);
        // A trial of another system on this machine is none of ours.
        let (_dir, root) = tree(Some(b"\x07\0\0\0\x01\x00\x00"));
        fs::remove_file(root.path(SysPath::ConfigFile(ENABLED))).unwrap();
        assert_eq!(count_down(&root), None);
    }

    #[test]
    fn a_variable_that_cannot_be_read_or_written_forbids_nothing() {
        let not_counted =
            |root: &Root| matches!(count_down(root), Some(Problem::TrialNotCounted { .. }));
        let (_dir, root) = tree(Some(b"\x07\0\0\0\x09\x00\x00"));
        assert!(not_counted(&root));
        let (_dir, root) = tree(None);
        fs::create_dir(root.path(SysPath::EfiVariable(TRIAL))).unwrap();
        assert!(not_counted(&root));
        let (_dir, root) = tree(Some(b"\x07\0\0\0\x01\x01\x00"));
        assert!(not_counted(&root.read_once()));
    }
}
