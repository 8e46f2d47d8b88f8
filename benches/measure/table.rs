//! The lines that a benchmark prints, and the table of those with a goal.

/// What is wanted of a value. Nothing fails where it is missed: a busy machine is no fault of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// All that was measured and had a goal.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<String>,
}

impl Table {
    /// Prints a value that has no goal.
    pub(crate) fn fact(&self, what: &str, measured: &str) {
        println!("{what:<52} {measured}");
    }

    /// Prints `value`, described by `measured`, and whether it reaches `goal`.
    pub(crate) fn goal(&mut self, what: &str, value: f64, unit: &str, measured: &str, goal: Goal) {
        let (word, bound, met) = match goal {
            Goal::AtLeast(bound) => ("at least", bound, value >= bound),
            Goal::AtMost(bound) => ("at most", bound, value <= bound),
        };
        let verdict = if met { "met" } else { "MISSED" };
        println!("{what:<52} {measured}; goal {word} {bound} {unit}: {verdict}");
        let missed = if met { "" } else { " (missed)" };
        let row = format!("| {what} | {word} {bound} {unit} | {measured}{missed} |");
        self.rows.push(row);
    }

    /// Prints the rows with a goal as a table for the README.
    pub(crate) fn print(&self) {
        println!("\n| what | goal | measured |\n|---|---|---|");
        for row in &self.rows {
            println!("{row}");
        }
    }
}
