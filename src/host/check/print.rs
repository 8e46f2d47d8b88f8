//! What a check found, a line each.

use serde::Serialize;

use super::{Finding, Mark, is_ready};
use crate::host::terminal::{Style, Terminal, plain};

/// `vfio-early check --json`.
#[derive(Debug, Serialize)]
pub struct Checked<'a> {
    schema: u32,
    ready: bool,
    findings: Vec<FindingEntry<'a>>,
}

#[derive(Debug, Serialize)]
struct FindingEntry<'a> {
    verdict: &'static str,
    topic: &'static str,
    fact: &'a str,
    fix: Option<&'a str>,
}

impl<'a> Checked<'a> {
    /// The findings for a program.
    pub fn new(findings: &'a [Finding]) -> Self {
        let entry = |finding: &'a Finding| FindingEntry {
            verdict: finding.mark.as_str(),
            topic: finding.topic,
            fact: &finding.fact,
            fix: finding.fix.as_deref(),
        };
        Self {
            schema: 1,
            ready: is_ready(findings),
            findings: findings.iter().map(entry).collect(),
        }
    }
}

/// The findings for a person, and what they come to.
pub fn check(findings: &[Finding], look: &Terminal) -> String {
    let mut text = String::new();
    for finding in findings {
        let paint = match finding.mark {
            Mark::Ok => Style::Good,
            Mark::Unknown => Style::Plain,
            Mark::Warn | Mark::Missing => Style::Warn,
        };
        let head = [
            (format!("{:<8} ", finding.mark.as_str()), paint),
            plain(format!("{:<11}  ", finding.topic)),
        ];
        let mut body = vec![plain(finding.fact.clone())];
        if let Some(fix) = &finding.fix {
            body.push(("->".to_owned(), Style::Plain));
            body.push((fix.clone(), Style::Bold));
        }
        text += &look.beside(&head, &body);
    }
    let count = |mark| {
        findings
            .iter()
            .filter(|finding| finding.mark == mark)
            .count()
    };
    let (missing, warned) = (count(Mark::Missing), count(Mark::Warn));
    text += &match missing {
        0 => "ready".to_owned(),
        _ => format!("not ready: {missing} missing"),
    };
    for (number, words) in [(warned, "to look at"), (count(Mark::Unknown), "not known")] {
        if number > 0 {
            text += &format!(", {number} {words}");
        }
    }
    text + "\n"
}
