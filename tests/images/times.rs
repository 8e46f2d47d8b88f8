//! What happened when, from the kernel log: the boots trace each program start and each module load into it.
//!
//! Source: Documentation/trace/boottime-trace.rst; `tp_printk` and `trace_event=` in
//! Documentation/admin-guide/kernel-parameters.txt.

use crate::harness::machine::Host;

/// The kernel parameters for it. Tracing shifts nothing: both events are printed, no code of an image is changed.
pub(crate) const CMDLINE: &str =
    "tp_printk trace_event=module:module_load,sched:sched_process_exec";

/// Seconds on the kernel's clock; `None` for what did not happen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// The vfio-early program is started.
    pub(crate) start: Option<f64>,
    /// Its first line: a warning of what is about to be taken, if there is one.
    pub(crate) line: Option<f64>,
    /// Its summary: the claim is over.
    pub(crate) end: Option<f64>,
    /// udevd is started.
    pub(crate) udev: Option<f64>,
    /// The first module of a host driver is loaded.
    pub(crate) module: Option<f64>,
    /// The first line of a host driver about a device.
    pub(crate) probe: Option<f64>,
}

impl Times {
    /// Reads the kernel log of a machine that has these host drivers.
    pub(crate) fn parse(kmsg: &[String], hosts: &[Host]) -> Self {
        let first = |matches: &dyn Fn(&str) -> bool| {
            kmsg.iter()
                .filter_map(|line| event(line))
                .find(|(_, text)| matches(text))
                .map(|(time, _)| time)
        };
        let started = |text: &str, name: &str| {
            text.strip_prefix("sched_process_exec: filename=")
                .and_then(|rest| rest.split(' ').next())
                .is_some_and(|path| path.rsplit('/').next() == Some(name))
        };
        Self {
            start: first(&|text| started(text, "vfio-early")),
            line: first(&|text| text.starts_with("vfio-early[")),
            end: first(&|text| text.starts_with("vfio-early[") && text.contains("]: claimed ")),
            udev: first(&|text| started(text, "systemd-udevd")),
            module: first(&|text| {
                text.strip_prefix("module_load: ")
                    .and_then(|rest| rest.split_whitespace().next())
                    .is_some_and(|name| hosts.iter().any(|host| host.module == name))
            }),
            probe: first(&|text| {
                hosts.iter().any(|host| text.starts_with(host.driver)) && text.contains("0000:")
            }),
        }
    }

    /// How much longer the boot takes: from the start of the program to the end of the claim.
    pub(crate) fn added(self) -> Option<f64> {
        Some(self.end? - self.start?)
    }

    /// What is not in the order that makes a claim safe. Where udevd is started first, it is not triggered yet.
    pub(crate) fn faults(self, udevd_first: bool) -> Vec<String> {
        let Some(end) = self.end else {
            return vec!["the kernel log has no summary of vfio-early".to_owned()];
        };
        let later = [
            ("udevd is started", self.udev),
            ("the first host driver is loaded", self.module),
            ("the first host driver probes", self.probe),
        ];
        later
            .into_iter()
            .skip(usize::from(udevd_first))
            .filter_map(|(what, time)| match time {
                None => Some(format!("the kernel log does not show when {what}")),
                Some(time) if time <= end => {
                    Some(format!("{what} at {time}, the claim ends at {end}"))
                }
                Some(_) => None,
            })
            .collect()
    }
}

/// Time and text of a line: `[    8.402541] text`.
fn event(line: &str) -> Option<(f64, &str)> {
    let (time, text) = line.strip_prefix('[')?.split_once("] ")?;
    Some((time.trim().parse().ok()?, text))
}
