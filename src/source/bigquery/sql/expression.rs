//! Pieces of SQL: expressions in which values stand as values, and conditions that fold.
//!
//! Nothing that was typed is ever put into the text: a [`Sql`] holds it as a [`Value`], and only when
//! a statement is [written](super::writer) does it become a named parameter.

use std::borrow::Cow;

use super::claim::{Claim, Sign};
use super::{Value, literal};

/// An expression of GoogleSQL.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sql(pub(super) Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(Cow<'static, str>),
    /// A column of a table, or a field of one: what BigQuery bills.
    Column(Column),
    Value(Value),
}

/// A column's place in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As it stands in SQL, quoted where need be: ``jsonPayload.`user`.`name` ``.
    pub(super) text: String,
    /// Its name and those of the fields below it, as the schema spells them: `jsonPayload`, `user`, `name`.
    /// Empty for a column that BigQuery makes up, which costs nothing: `_PARTITIONTIME`.
    pub path: Vec<String>,
}

impl Column {
    /// A column of a result, by a name of ours.
    pub(super) fn named(name: &'static str) -> Self {
        Column::own(name, name)
    }

    /// A column by a name of Cloud Logging's own, which the schema may spell otherwise.
    pub(super) fn own(name: &str, spelt: &str) -> Self {
        Column { text: name.to_owned(), path: vec![spelt.to_owned()] }
    }

    /// A column that is in no schema.
    pub(super) fn pseudo(name: &'static str) -> Self {
        Column { text: name.to_owned(), path: Vec::new() }
    }

    /// A column by a name that somebody made, quoted.
    pub(crate) fn quoted(name: &str) -> Self {
        Column { text: literal::identifier(name), path: vec![name.to_owned()] }
    }

    /// A field of a RECORD, its name quoted.
    pub(crate) fn field(&self, name: &str) -> Self {
        self.below(&literal::identifier(name), name)
    }

    /// The same for a name of Cloud Logging's own.
    pub(super) fn own_field(&self, name: &str) -> Self {
        self.below(name, name)
    }

    fn below(&self, text: &str, name: &str) -> Self {
        let path = self.path.iter().cloned().chain([name.to_owned()]).collect();
        Column { text: format!("{}.{text}", self.text), path }
    }

    pub(super) fn sql(&self) -> Sql {
        Sql(vec![Piece::Column(self.clone())])
    }
}

impl Sql {
    pub(super) fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Sql(vec![Piece::Text(text.into())])
    }

    pub(super) fn value(text: &str) -> Self {
        Sql(vec![Piece::Value(Value::String(text.to_owned()))])
    }

    /// The STRING that is no text.
    pub(super) fn null() -> Self {
        Sql::text("CAST(NULL AS STRING)")
    }
}

impl From<Value> for Sql {
    fn from(value: Value) -> Self {
        Sql(vec![Piece::Value(value)])
    }
}

impl From<&Sql> for Sql {
    fn from(sql: &Sql) -> Self {
        sql.clone()
    }
}

/// `template` with each `{}` replaced by the next one of `parts`.
pub(super) fn sql<const N: usize>(template: &'static str, parts: [&Sql; N]) -> Sql {
    let mut pieces = Vec::new();
    let mut texts = template.split("{}");
    let mut parts = parts.into_iter();
    loop {
        if let Some(text) = texts.next().filter(|text| !text.is_empty()) {
            pieces.push(Piece::Text(text.into()));
        }
        let Some(part) = parts.next() else { return Sql(pieces) };
        pieces.extend(part.0.iter().cloned());
    }
}

/// `a, b, c` of SQL expressions.
pub(super) fn list<'a>(parts: impl IntoIterator<Item = &'a Sql>) -> Sql {
    let mut pieces = Vec::new();
    for part in parts {
        if !pieces.is_empty() {
            pieces.push(Piece::Text(", ".into()));
        }
        pieces.extend(part.0.iter().cloned());
    }
    Sql(pieces)
}

/// The first of `texts` that is not NULL; `None` for none.
pub(super) fn coalesce(texts: &[Sql]) -> Option<Sql> {
    match texts {
        [] => None,
        [one] => Some(one.clone()),
        many => Some(sql("COALESCE({})", [&list(many)])),
    }
}

/// A condition on a row.
///
/// As in SQL, NULL counts as false; so no test is ever negated as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Always,
    Never,
    /// What only SQL can say.
    Is(Sql),
    /// What is said of a value, in SQL and, of a bare column, in a [row restriction](super::restriction).
    Says(Sql, Claim),
    All(Vec<Test>),
    Any(Vec<Test>),
}

impl Test {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Test::Always } else { Test::Never }
    }

    pub(super) fn is_there(value: &Sql) -> Self {
        Test::Says(value.clone(), Claim::NotNull)
    }

    pub(super) fn compares(value: &Sql, sign: Sign, constant: Sql) -> Self {
        Test::Says(value.clone(), Claim::Compares(sign, constant))
    }

    /// All of them hold; with none of them nothing is asked.
    pub(super) fn all(tests: impl IntoIterator<Item = Test>) -> Self {
        let mut kept = Vec::new();
        for test in tests {
            match test {
                Test::Always => {}
                Test::Never => return Test::Never,
                Test::All(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Test::Always,
            1 => kept.remove(0),
            _ => Test::All(kept),
        }
    }

    /// One of them holds; with none of them nothing does.
    pub(super) fn any(tests: impl IntoIterator<Item = Test>) -> Self {
        let mut kept = Vec::new();
        for test in tests {
            match test {
                Test::Never => {}
                Test::Always => return Test::Always,
                Test::Any(inner) => kept.extend(inner),
                other => kept.push(other),
            }
        }
        match kept.len() {
            0 => Test::Never,
            1 => kept.remove(0),
            _ => Test::Any(kept),
        }
    }
}

/// What SQL says of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    /// Holds for all rows that fulfil the condition.
    pub test: Test,
    /// And for no others.
    pub is_exact: bool,
}

impl Said {
    pub(super) fn exactly(test: Test) -> Self {
        Said { test, is_exact: true }
    }

    /// Not all that is meant, so that rows must be looked at again.
    pub(super) fn loosely(test: Test) -> Self {
        Said { test, is_exact: false }
    }

    pub(super) fn all(said: impl IntoIterator<Item = Said>) -> Self {
        let said: Vec<Said> = said.into_iter().collect();
        let is_exact = said.iter().all(|one| one.is_exact) || said.iter().any(Said::is_never);
        Said { test: Test::all(said.into_iter().map(|one| one.test)), is_exact }
    }

    pub(super) fn any(said: impl IntoIterator<Item = Said>) -> Self {
        let said: Vec<Said> = said.into_iter().collect();
        let is_exact = said.iter().all(|one| one.is_exact) || said.iter().any(Said::is_always);
        Said { test: Test::any(said.into_iter().map(|one| one.test)), is_exact }
    }

    /// What holds loosely may be false: only an exact one settles an alternative.
    fn is_always(&self) -> bool {
        self.is_exact && self.test == Test::Always
    }

    /// No row fulfils it, however loosely it was said.
    fn is_never(&self) -> bool {
        self.test == Test::Never
    }
}
