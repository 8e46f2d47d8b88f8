//! What a test machine printed on its serial port, as values.
//!
//! Source: the sections that tests/guest/init writes, the kernel's `uevent` files. To add a section: print it in init,
//! read it in [`Seen::parse`].

use std::collections::BTreeMap;

use serde_json::Value;

/// A PCI function in one of the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Function {
    /// `vendor:device` in lower case.
    pub(crate) id: String,
    /// Six hexadecimal digits.
    pub(crate) class: String,
    pub(crate) driver: Option<String>,
    pub(crate) group: Option<String>,
}

/// Functions by address.
pub(crate) type Table = BTreeMap<String, Function>;

/// Everything that the guest printed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Before the claim.
    pub(crate) before: Table,
    /// After the claim, before the host drivers came.
    pub(crate) claimed: Table,
    /// Once the host drivers were loaded.
    pub(crate) after: Table,
    /// The lines vfio-early printed.
    pub(crate) output: Vec<String>,
    /// Its exit status.
    pub(crate) status: Option<i32>,
    /// What each `driver_override` reads; `(null)` if unset.
    pub(crate) overrides: BTreeMap<String, String>,
    pub(crate) report: Option<Value>,
    /// The lines of the test's own script.
    pub(crate) script: Vec<String>,
    /// The kernel log.
    pub(crate) kmsg: Vec<String>,
    /// Whether the guest came to the end of its init.
    pub(crate) complete: bool,
}

impl Seen {
    /// Reads a serial log.
    pub(crate) fn parse(log: &str) -> Self {
        let sections = sections(log);
        let lines = |name: &str| sections.get(name).cloned().unwrap_or_default();
        let owned = |name: &str| lines(name).into_iter().map(str::to_owned).collect();
        let table = |name: &str| table(&lines(name), &lines(&format!("{name} groups")));
        Self {
            before: table("before"),
            claimed: table("claimed"),
            after: table("after"),
            output: owned("claim"),
            status: lines("status").first().and_then(|line| line.parse().ok()),
            overrides: lines("overrides")
                .into_iter()
                .filter_map(driver_override)
                .collect(),
            report: serde_json::from_str(&lines("report").join("\n")).ok(),
            script: owned("script"),
            kmsg: owned("kmsg"),
            complete: sections.contains_key("end"),
        }
    }

    /// The kernel log lines that vfio-early wrote, time stamps off.
    pub(crate) fn spoken(&self) -> Vec<&str> {
        let text = |line: &'_ String| line.find("] vfio-early").map(|start| start + 2);
        self.kmsg
            .iter()
            .filter_map(|line| text(line).map(|start| &line[start..]))
            .collect()
    }

    /// Whether a line of vfio-early with all these names precedes the kernel's line about VFIO being loaded.
    pub(crate) fn spoken_before_vfio(&self, names: &[&str]) -> bool {
        let mut before = self
            .kmsg
            .iter()
            .take_while(|line| !line.contains("VFIO - User Level"));
        let ours = |line: &String| line.contains("] vfio-early");
        let named = |line: &String| names.iter().all(|name| line.contains(name));
        let loaded = self
            .kmsg
            .iter()
            .any(|line| line.contains("VFIO - User Level"));
        loaded && before.any(|line| ours(line) && named(line))
    }

    /// For a test that failed: the lines of vfio-early, and the end of the serial `log`, longer if the guest did not finish.
    pub(crate) fn extract(&self, log: &str) -> String {
        let shown = if self.complete { 15 } else { 40 };
        let tail: Vec<&str> = log.lines().collect();
        let line = |kind: &str, text: &str| format!("  {kind}: {text}\n");
        let output = self.output.iter().map(|text| line("output", text));
        let spoken = self.spoken().into_iter().map(|text| line("kmsg", text));
        let report = self
            .report
            .iter()
            .map(|text| line("report", &text.to_string()));
        let tail = tail[tail.len().saturating_sub(shown)..]
            .iter()
            .map(|text| line("log", text));
        output.chain(spoken).chain(report).chain(tail).collect()
    }

    /// The report's entry for a device.
    pub(crate) fn device(&self, address: &str) -> Option<&Value> {
        let devices = self.report.as_ref()?.get("devices")?.as_array()?;
        devices.iter().find(|device| device["address"] == address)
    }

    /// A value of the report, by JSON pointer.
    pub(crate) fn fact(&self, pointer: &str) -> Value {
        let value = self
            .report
            .as_ref()
            .and_then(|report| report.pointer(pointer));
        value.cloned().unwrap_or_default()
    }

    /// The codes of the report's warnings.
    pub(crate) fn warnings(&self) -> Vec<&str> {
        let warnings = self
            .report
            .as_ref()
            .and_then(|report| report.get("warnings")?.as_array());
        warnings
            .into_iter()
            .flatten()
            .filter_map(|warning| warning["code"].as_str())
            .collect()
    }
}

/// The log cut at its `@@ NAME` lines.
fn sections(log: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut current = "boot";
    for line in log.lines().map(|line| line.trim_end_matches('\r')) {
        match line.strip_prefix("@@ ") {
            Some(name) => {
                current = name;
                sections.entry(name).or_default();
            }
            None => sections.entry(current).or_default().push(line),
        }
    }
    sections
}

/// `uevent` files one after the other, and the links below `/sys/kernel/iommu_groups`.
fn table(uevents: &[&str], groups: &[&str]) -> Table {
    let mut table = Table::new();
    let mut function = Function::default();
    let mut address = String::new();
    for (key, value) in uevents.iter().filter_map(|line| line.split_once('=')) {
        match key {
            "DRIVER" => function.driver = Some(value.to_owned()),
            "PCI_CLASS" => function.class = format!("{value:0>6}").to_lowercase(),
            "PCI_ID" => function.id = value.to_lowercase(),
            "PCI_SLOT_NAME" => value.clone_into(&mut address),
            // The last line of every uevent.
            "MODALIAS" => {
                table.insert(std::mem::take(&mut address), std::mem::take(&mut function));
            }
            _ => {}
        }
    }
    for link in groups {
        // /sys/kernel/iommu_groups/7/devices/0000:00:04.0
        let mut parts = link.rsplit('/');
        if let (Some(address), Some(_), Some(group)) = (parts.next(), parts.next(), parts.next()) {
            if let Some(function) = table.get_mut(address) {
                function.group = Some(group.to_owned());
            }
        }
    }
    table
}

/// `/sys/bus/pci/devices/ADDRESS/driver_override:VALUE`; the address has colons of its own.
fn driver_override(line: &str) -> Option<(String, String)> {
    let (path, value) = line.split_once("/driver_override:")?;
    Some((path.rsplit('/').next()?.to_owned(), value.to_owned()))
}
