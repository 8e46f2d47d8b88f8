//! The last claim and what became of it since, as a file for the textfile collector of Prometheus' node exporter.
//!
//! Source: Prometheus' "Exposition formats", text-based format: a family of samples has a line with its help and one with
//! its type before it; `\\`, `"` and the end of a line are escaped in the value of a label.

use crate::escape::escaped;
use crate::host::status::device_status::DeviceStatus;
use crate::machine::Bus;
use crate::plan::OutcomeKind;
use crate::report::Report;

const OUTCOMES: [OutcomeKind; 6] = [
    OutcomeKind::Claimed,
    OutcomeKind::Already,
    OutcomeKind::Held,
    OutcomeKind::Planned,
    OutcomeKind::Refused,
    OutcomeKind::Failed,
];

/// The metrics of the claim that left `report`, on the machine as it is now.
pub fn metrics(report: Option<&Report>, bus: &Bus) -> String {
    let mut text = String::new();
    let mut up = family(
        &mut text,
        "up",
        "Whether the claim of this boot left a report.",
    );
    up.put(&[], if report.is_some() { "1" } else { "0" });
    if let Some(report) = report {
        times(&mut text, report);
        counts(&mut text, report);
        devices(&mut text, report, bus);
    }
    text
}

/// Samples of one name.
struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
}

fn family<'a>(text: &'a mut String, name: &'static str, help: &str) -> Family<'a> {
    text.push_str(&format!(
        "# HELP vfio_early_{name} {help}\n# TYPE vfio_early_{name} gauge\n"
    ));
    Family { text, name }
}

impl Family<'_> {
    fn put(&mut self, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", label(value)))
            .collect();
        let labels = match labels.as_slice() {
            [] => String::new(),
            labels => format!("{{{}}}", labels.join(",")),
        };
        self.text
            .push_str(&format!("vfio_early_{}{labels} {value}\n", self.name));
    }

    /// A sample for each code, with how often it is there.
    fn by_code<'c>(&mut self, codes: impl Iterator<Item = &'c str>) {
        let mut codes: Vec<&str> = codes.collect();
        codes.sort_unstable();
        for same in codes.chunk_by(|one, other| one == other) {
            let code = same.first().copied().unwrap_or_default();
            self.put(&[("code", code)], same.len());
        }
    }
}

/// The value of a label. What a reader would not see is escaped before.
fn label(text: &str) -> String {
    escaped(text).replace('\\', "\\\\").replace('"', "\\\"")
}

fn seconds(microseconds: u64) -> String {
    format!(
        "{}.{:06}",
        microseconds / 1_000_000,
        microseconds % 1_000_000
    )
}

fn times(text: &mut String, report: &Report) {
    let labels = [
        ("version", report.version.as_str()),
        ("mode", &report.mode),
        ("kernel", &report.kernel),
        ("iommu", &report.iommu.state),
    ];
    let help =
        "The version of vfio-early, the mode of the claim, the kernel and the state of the IOMMU.";
    family(text, "claim_info", help).put(&labels, 1);
    let help = "The time that the claim took.";
    family(text, "claim_duration_seconds", help).put(&[], seconds(report.elapsed_us));
    let help = "The time from the start of the kernel to the claim.";
    family(text, "claim_start_seconds", help).put(&[], seconds(report.started_us));
}

fn counts(text: &mut String, report: &Report) {
    let help = "The devices of the claim by their outcome.";
    let mut claimed = family(text, "claim_devices", help);
    for outcome in OUTCOMES.map(OutcomeKind::as_str) {
        let of_kind = report.devices.iter().filter(|one| one.outcome == outcome);
        claimed.put(&[("outcome", outcome)], of_kind.count());
    }
    for (name, outcome, help) in [
        (
            "claim_refused",
            OutcomeKind::Refused,
            "The devices that the claim refused, by code.",
        ),
        (
            "claim_failed",
            OutcomeKind::Failed,
            "The devices whose claim failed, by code.",
        ),
    ] {
        let of_kind = |device: &&crate::report::ReportDevice| device.outcome == outcome.as_str();
        let codes = report.devices.iter().filter(of_kind);
        let codes = codes.map(|device| device.code.as_deref().unwrap_or_default());
        family(text, name, help).by_code(codes);
    }
    let help = "The warnings of the claim by code.";
    let codes = report.warnings.iter().map(|warning| warning.code.as_str());
    family(text, "claim_warnings", help).by_code(codes);
}

fn devices(text: &mut String, report: &Report, bus: &Bus) {
    let help = "Whether a device of the claim is kept from every driver of the host now.";
    let mut kept = family(text, "device_up", help);
    for address in report.asked() {
        let reported = report.device(address);
        let status = DeviceStatus::new(address, reported, bus.get(address), Vec::new());
        let id = reported.map_or_else(String::new, |one| format!("{}:{}", one.vendor, one.device));
        let labels = [("address", address.to_string()), ("id", id)];
        let labels = labels
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        kept.put(&labels, u8::from(status.is_kept()));
    }
}
