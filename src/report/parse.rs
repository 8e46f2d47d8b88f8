//! Reads a stored report.

use serde_json::{Map, Value};

use super::schema::{Report, SCHEMA};

impl Report {
    /// Reads a report. Unknown fields are ignored, a missing one has its default.
    ///
    /// # Errors
    /// What is wrong: text that is not JSON, another schema, or a value of a wrong type with its place.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let fields: Map<String, Value> =
            serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let schema = fields.get("schema").ok_or("it has no schema number")?;
        if schema.as_u64() != Some(u64::from(SCHEMA)) {
            return Err(format!(
                "its schema is {schema}, and this version reads schema {SCHEMA}"
            ));
        }
        serde_json::from_slice(json).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_whatever_is_missing_or_unknown_in_it() {
        let json = br#"{"schema":1,"mode":"claim","colour":["x"],"iommu":{"kind":null},
            "devices":[{"address":"0000:01:00.0","outcome":"claimed","iommu_group":null,"new":{}}]}"#;
        let report = Report::parse(json).unwrap();
        let device = report.device("01:00.0".parse().unwrap()).unwrap();
        assert!(device.is_ours());
        assert_eq!(device.driver_after, None);
    }

    #[test]
    fn a_text_that_is_no_report_is_an_error_with_the_reason() {
        for (json, wanted) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            (
                "{\"schema\":1,\"mode\":",
                "EOF while parsing a value at line 1 column 19",
            ),
            (
                "{\"schema\":2,\"devices\":7}",
                "its schema is 2, and this version reads schema 1",
            ),
            ("{}", "it has no schema number"),
            (
                "[7]",
                "invalid type: sequence, expected a map at line 1 column 0",
            ),
            (
                r#"{"schema":1,"devices":[{"address":7}]}"#,
                "invalid type: integer `7`, expected a string at line 1 column 35",
            ),
            (
                r#"{"schema":1,"groups":{}}"#,
                "invalid type: map, expected a sequence at line 1 column 21",
            ),
        ] {
            assert_eq!(
                Report::parse(json.as_bytes()),
                Err(wanted.to_owned()),
                "{json}"
            );
        }
    }
}
