//! A report that was stored, read back.
//!
//! By hand rather than derived: that costs the binary a tenth of the room.

use serde_json::Value;

use super::schema::{
    Report, ReportBlocker, ReportDevice, ReportGroup, ReportIommu, ReportPreparation,
    ReportRequest, ReportWarning, SCHEMA,
};

impl Report {
    /// Reads a report. What is missing, or is not what it should be, counts as nothing.
    ///
    /// Errors where it is no JSON, or of another schema.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        match number(&value, "schema") {
            Some(schema) if schema == u64::from(SCHEMA) => Ok(report(&value)),
            Some(schema) => Err(format!("its schema is {schema}, and {SCHEMA} is read here")),
            None => Err("it has no schema, so it is no report".to_owned()),
        }
    }
}

fn report(value: &Value) -> Report {
    Report {
        schema: SCHEMA,
        version: text(value, "version"),
        mode: text(value, "mode"),
        kernel: text(value, "kernel"),
        started_us: number(value, "started_us").unwrap_or(0),
        elapsed_us: number(value, "elapsed_us").unwrap_or(0),
        iommu: value.get("iommu").map(iommu).unwrap_or_default(),
        requests: list(value, "requests", |value| ReportRequest {
            selector: text(value, "selector"),
            origin: text(value, "origin"),
            matched: words(value, "matched"),
        }),
        devices: list(value, "devices", device),
        groups: list(value, "groups", |value| ReportGroup {
            id: short(value, "id").unwrap_or(0),
            viable: value
                .get("viable")
                .and_then(Value::as_bool)
                .unwrap_or(false),
            members: words(value, "members"),
            blockers: list(value, "blockers", |value| ReportBlocker {
                address: text(value, "address"),
                driver: text(value, "driver"),
                code: word(value, "code"),
            }),
        }),
        warnings: list(value, "warnings", |value| ReportWarning {
            code: text(value, "code"),
            address: word(value, "address"),
            message: text(value, "message"),
        }),
    }
}

fn iommu(value: &Value) -> ReportIommu {
    ReportIommu {
        kind: word(value, "kind"),
        state: text(value, "state"),
        reason: word(value, "reason"),
        interrupt_remapping: value.get("interrupt_remapping").and_then(Value::as_bool),
    }
}

fn device(value: &Value) -> ReportDevice {
    ReportDevice {
        address: text(value, "address"),
        path: word(value, "path"),
        vendor: text(value, "vendor"),
        device: text(value, "device"),
        subsystem_vendor: text(value, "subsystem_vendor"),
        subsystem_device: text(value, "subsystem_device"),
        class: text(value, "class"),
        iommu_group: short(value, "iommu_group"),
        selector: text(value, "selector"),
        driver_before: word(value, "driver_before"),
        driver_wanted: text(value, "driver_wanted"),
        driver_after: word(value, "driver_after"),
        outcome: text(value, "outcome"),
        code: word(value, "code"),
        message: word(value, "message"),
        preparations: list(value, "preparations", |value| ReportPreparation {
            key: text(value, "key"),
            value: text(value, "value"),
            outcome: text(value, "outcome"),
            code: word(value, "code"),
            message: word(value, "message"),
        }),
        elapsed_us: number(value, "elapsed_us").unwrap_or(0),
    }
}

fn word(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

fn text(value: &Value, key: &str) -> String {
    word(value, key).unwrap_or_default()
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

fn short(value: &Value, key: &str) -> Option<u32> {
    u32::try_from(number(value, key)?).ok()
}

fn list<T>(value: &Value, key: &str, take: impl Fn(&Value) -> T) -> Vec<T> {
    let values = value.get(key).and_then(Value::as_array);
    values.into_iter().flatten().map(take).collect()
}

fn words(value: &Value, key: &str) -> Vec<String> {
    list(value, key, |value| {
        value.as_str().unwrap_or_default().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_whatever_is_missing_or_unknown_in_it() {
        let json = br#"{"schema":1,"mode":"claim","colour":["x"],"iommu":{"kind":null},
            "devices":[{"address":"0000:01:00.0","outcome":"claimed","iommu_group":null,"new":{}}]}"#;
        let report = Report::parse(json);
        let address = "01:00.0".parse();
        let found = report.as_ref().ok().zip(address.ok());
        let found = found.and_then(|(report, address)| report.device(address));
        assert_eq!(
            found.map(|device| (device.is_ours(), device.driver_after.as_deref())),
            Some((true, None))
        );
    }

    #[test]
    fn what_is_no_report_says_why() {
        for (json, wanted) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            (
                "{\"schema\":1,\"mode\":",
                "EOF while parsing a value at line 1 column 19",
            ),
            ("{\"schema\":2}", "its schema is 2, and 1 is read here"),
            ("{}", "it has no schema, so it is no report"),
            ("[7]", "it has no schema, so it is no report"),
        ] {
            assert_eq!(
                Report::parse(json.as_bytes()),
                Err(wanted.to_owned()),
                "{json}"
            );
        }
        let odd = Report::parse(br#"{"schema":1,"devices":[{"address":7},8],"groups":{}}"#);
        assert_eq!(
            odd.map(|odd| odd.devices),
            Ok(vec![ReportDevice::default(); 2])
        );
    }
}
