//! What the program printed as JSON, as short lines: outcomes, addresses, drivers, codes and states, and no sentences.
//!
//! Times are left out, since no test can foresee them.

use serde_json::Value;

use super::seen::Seen;

/// What the script printed: each JSON object as its facts, every other line as it is, standard error left out.
///
/// Of a message only those of `names` are kept which it contains: a file, an interface, a parameter.
pub(crate) fn facts(seen: &Seen, names: &[&str]) -> Vec<String> {
    let printed = seen.script.iter();
    let printed = printed.filter(|line| !line.starts_with("stderr: "));
    printed.flat_map(|line| of_line(line, names)).collect()
}

/// The lines of a text that a test wants, indentation off.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

fn of_line(line: &str, names: &[&str]) -> Vec<String> {
    let parsed: Result<Value, _> = serde_json::from_str(line);
    let Some(object) = parsed.ok().filter(Value::is_object) else {
        return vec![line.to_owned()];
    };
    let mut facts = Vec::new();
    for device in each(&object, "devices") {
        facts.push(if device["state"].is_string() {
            status(device)
        } else {
            outcome(device, names)
        });
    }
    for group in each(&object, "groups").filter(|group| group["viable"] == false) {
        facts.push(format!(
            "group {} blocked by {}",
            group["id"],
            blockers(group)
        ));
    }
    for warning in each(&object, "warnings") {
        let code = word(&warning["code"]);
        facts.push(format!("warning {code}{}", named(warning, names)));
    }
    for finding in each(&object, "findings") {
        let (verdict, topic) = (word(&finding["verdict"]), word(&finding["topic"]));
        facts.push(format!("{verdict} {topic}{}", named(finding, names)));
    }
    facts
}

/// `claimed 0000:00:04.0 nvme -> vfio-pci`; a device that stays has no arrow, and the code behind it.
fn outcome(device: &Value, names: &[&str]) -> String {
    let outcome = word(&device["outcome"]);
    let head = format!(
        "{outcome} {} {}",
        word(&device["address"]),
        word(&device["driver_before"])
    );
    if let Some(code) = device["code"].as_str() {
        return format!("{head}; {code}{}", named(device, names));
    }
    let driver = match outcome {
        "planned" => "driver_wanted",
        _ => "driver_after",
    };
    format!("{head} -> {}", word(&device[driver]))
}

/// `ours 0000:00:04.0 on vfio-pci`, and who uses it.
fn status(device: &Value) -> String {
    let (state, address) = (word(&device["state"]), word(&device["address"]));
    let mut text = format!("{state} {address} on {}", word(&device["driver"]));
    if let Some(code) = device["code"].as_str() {
        text += &format!("; {code}");
    }
    for user in each(device, "users") {
        text += &format!("; used by {} {}", word(&user["command"]), user["pid"]);
    }
    text
}

fn blockers(group: &Value) -> String {
    let one =
        |blocker: &Value| format!("{} {}", word(&blocker["address"]), word(&blocker["driver"]));
    each(group, "blockers")
        .map(one)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Which of the names stand in its texts.
fn named(object: &Value, names: &[&str]) -> String {
    let texts = ["message", "fact", "fix"].map(|key| object[key].as_str().unwrap_or_default());
    let found = names
        .iter()
        .filter(|name| texts.iter().any(|text| text.contains(**name)));
    found.map(|name| format!(" [{name}]")).collect()
}

fn each<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    object[key].as_array().into_iter().flatten()
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
