//! The key `mode`, which is the kill switch too: what may be meant as `off` is `off`.

use super::problem::Problem;
use super::request::{Mode, Request};
use super::requested::Origin;

impl Request {
    /// Sets the mode. A value that is none of the known ones means that nothing is claimed, with a warning.
    pub(super) fn set_mode(&mut self, value: Option<&str>, origin: &Origin) {
        let given = value.unwrap_or_default();
        self.mode = mode(given).unwrap_or_else(|| {
            let (key, given) = (origin.label(), given.to_owned());
            self.problems.push(Problem::UnknownMode { key, given });
            Mode::Off
        });
    }

    /// Takes `vfio-early=off` and `vfio-early.off` for the kill switch that they were meant as.
    pub(super) fn set_mode_by_another_key(&mut self, value: Option<&str>, origin: &Origin) {
        let key = origin.label();
        let named_off = key.ends_with("off");
        let mode = if named_off {
            "off"
        } else {
            value.unwrap_or_default()
        };
        self.problems.push(Problem::ReadAs {
            given: value.map_or_else(|| key.clone(), |value| format!("{key}={value}")),
            read_as: format!("vfio-early.mode={mode}"),
        });
        self.set_mode(Some(mode), origin);
    }
}

fn mode(text: &str) -> Option<Mode> {
    let text = text.trim().to_ascii_lowercase().replace('_', "-");
    match text.as_str() {
        "claim" => Some(Mode::Claim),
        "dry-run" => Some(Mode::DryRun),
        "off" | "no" | "0" | "false" => Some(Mode::Off),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(cmdline: &str) -> Request {
        let mut request = Request::default();
        request.add_cmdline(cmdline.as_bytes());
        request
    }

    #[test]
    fn the_kill_switch_is_read_however_it_is_written() {
        for text in [
            "vfio-early.mode=off",
            "vfio-early.mode=OFF",
            "vfio_early.mode=No",
            "vfio-early.mode=0",
            "vfio-early.mode=False",
            "vfio-early.mode=\" off \"",
        ] {
            let request = request(text);
            assert_eq!(
                (request.mode, request.problems),
                (Mode::Off, vec![]),
                "{text}"
            );
        }
        for text in [
            "vfio-early=off",
            "vfio_early=OFF",
            "vfio-early=0",
            "vfio-early.off",
            "vfio_early.off=1",
        ] {
            let request = request(text);
            let codes: Vec<_> = request.problems.iter().map(Problem::code).collect();
            assert_eq!(
                (request.mode, codes),
                (Mode::Off, vec!["near-miss"]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_mode_that_is_not_known_means_off() {
        for text in [
            "vfio-early.mode=of",
            "vfio-early.mode=on",
            "vfio-early.mode",
        ] {
            let request = request(text);
            let codes: Vec<_> = request.problems.iter().map(Problem::code).collect();
            assert_eq!(
                (request.mode, codes),
                (Mode::Off, vec!["malformed-value"]),
                "{text}"
            );
        }
        assert_eq!(
            request("vfio-early=off vfio-early.mode=Claim").mode,
            Mode::Claim
        );
        assert_eq!(request("vfio-early.mode=dry_run").mode, Mode::DryRun);
    }
}
