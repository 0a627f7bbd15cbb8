//! Writes expressions as text: values become named parameters, long conditions several lines.

use super::expression::{Piece, Sql, Test};
use super::{Parameter, Value};

/// The text of a statement in the making.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub text: String,
    pub parameters: Vec<Parameter>,
    /// The columns that were written since this was last emptied, by their paths.
    pub columns: Vec<String>,
}

/// Conditions that are longer than this are written on several lines.
const WIDE: usize = 90;

impl Writer {
    /// Begins a line.
    pub(super) fn line(&mut self, indent: usize, text: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.extend(std::iter::repeat_n(' ', indent));
        self.text.push_str(text);
    }

    pub(super) fn sql(&mut self, sql: &Sql) {
        for piece in &sql.0 {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Column(column) => {
                    self.text.push_str(&column.text);
                    let path = column.path.join(".");
                    if !path.is_empty() && !self.columns.contains(&path) {
                        self.columns.push(path);
                    }
                }
                Piece::Value(value) => {
                    let name = self.parameter(value);
                    self.text.push('@');
                    self.text.push_str(&name);
                }
            }
        }
    }

    /// The name of the parameter that has this value.
    fn parameter(&mut self, value: &Value) -> String {
        if let Some(known) = self.parameters.iter().find(|parameter| parameter.value == *value) {
            return known.name.clone();
        }
        let name = format!("p{}", self.parameters.len() + 1);
        self.parameters.push(Parameter { name: name.clone(), value: value.clone() });
        name
    }

    /// `WHERE a AND b`, on lines of their own; nothing where nothing is asked.
    pub(super) fn filter(&mut self, indent: usize, test: &Test) {
        let tests = match test {
            Test::Always => return,
            Test::All(tests) => tests.as_slice(),
            other => std::slice::from_ref(other),
        };
        for (i, test) in tests.iter().enumerate() {
            if i == 0 {
                self.line(indent, "WHERE ")
            } else {
                self.line(indent + 2, "AND ")
            }
            self.test(indent + 4, test);
        }
    }

    fn test(&mut self, indent: usize, test: &Test) {
        let (tests, word) = match test {
            Test::Always => return self.text.push_str("TRUE"),
            Test::Never => return self.text.push_str("FALSE"),
            Test::Is(sql) => return self.sql(sql),
            Test::Says(value, claim) => return self.sql(&claim.sql(value)),
            Test::All(tests) => (tests, "AND "),
            Test::Any(tests) => (tests, "OR "),
        };
        let is_wide = width(test) > WIDE;
        self.text.push('(');
        for (i, test) in tests.iter().enumerate() {
            match (i, is_wide) {
                (0, false) => {}
                (0, true) => self.line(indent, ""),
                (_, false) => self.text.push_str(&format!(" {word}")),
                (_, true) => self.line(indent, word),
            }
            self.test(indent + 2, test);
        }
        if is_wide {
            self.line(indent - 2, "");
        }
        self.text.push(')');
    }
}

/// About as many characters as a condition takes.
fn width(test: &Test) -> usize {
    match test {
        Test::Always | Test::Never => 5,
        Test::Is(sql) => length(sql),
        Test::Says(value, claim) => length(&claim.sql(value)),
        Test::All(tests) | Test::Any(tests) => tests.iter().map(|test| width(test) + 4).sum(),
    }
}

fn length(sql: &Sql) -> usize {
    let pieces = sql.0.iter().map(|piece| match piece {
        Piece::Text(text) => text.len(),
        Piece::Column(column) => column.text.len(),
        Piece::Value(_) => 3,
    });
    pieces.sum()
}
