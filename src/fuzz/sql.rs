//! What was typed on its way into a query: it stays in its place.

use clap::Parser;

use crate::entry::write::Columns;
use crate::select::{Lines, Predicate, SeverityOf, Which};
use crate::settings::Settings;
use crate::source::Cut;
use crate::source::bigquery::Address;
use crate::source::bigquery::schema::Schema;
use crate::source::bigquery::sql::{Asked, check_where, print, scan, statement};
use crate::source::bigquery::tables::{Layout, Table};
use crate::when::Window;

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    lines: Lines,
}

/// A condition for `--where` in the first line (or nothing), behind it flags, a word a line.
pub fn sql(data: &[u8]) {
    let text = super::text(data);
    let (condition, words) = text.split_once('\n').unwrap_or((&text, ""));
    // Conditions may have several lines.
    let condition = condition.replace("\\n", "\n");
    let condition = Some(condition).filter(|condition| check_where(condition).is_ok());
    if let Some(condition) = &condition {
        assert_eq!(depths(&format!("({condition}\n)")), Ok(1), "{condition}");
    }
    let words = ["lq"].into_iter().chain(words.split('\n').filter(|word| !word.is_empty()));
    let Ok(flags) = Flags::try_parse_from(words) else { return };
    let (Ok(origin), Ok(content)) = (flags.which.build(&Settings::default()), flags.lines.build(SeverityOf::Record))
    else {
        return;
    };
    let asked = Asked {
        address: &Address::parse("bq://acme-logs/gke").expect("an address"),
        window: Window { since: time("2026-11-21T07:00:00Z"), until: time("2026-11-21T08:00:00Z") },
        select: &Predicate { origin, content },
        columns: Some(&Columns::default()),
        cut: Cut::All,
        condition: condition.as_deref(),
    };
    if let Ok(scanned) = scan(&[&table(Layout::Partitioned)], &Asked { condition: None, ..asked }) {
        for table in scanned.tables {
            let restriction = table.restriction;
            if let Err(flaw) = depths(&restriction) {
                panic!("{flaw} in {restriction}");
            }
        }
    }
    for layout in [Layout::Partitioned, Layout::Analytics] {
        let Some(statement) = statement(&[&table(layout)], &asked) else { continue };
        let printed = print(&statement);
        let code = printed.strip_suffix(";\n").expect("a query ends with a semicolon");
        if let Err(flaw) = depths(code) {
            panic!("{flaw} in {code}");
        }
    }
}

fn time(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().expect("a time")
}

/// A table with all that its kind may have, and a payload.
fn table(layout: Layout) -> Table {
    let names = "project_id location cluster_name namespace_name pod_name container_name";
    let field = |name: &str, kind: &str| serde_json::json!({"name": name, "type": kind});
    let fields = |names: &str| names.split(' ').map(|name| field(name, "STRING")).collect::<Vec<_>>();
    let record = |name: &str, fields| serde_json::json!({"name": name, "type": "RECORD", "fields": fields});
    let mut columns = vec![field("timestamp", "TIMESTAMP"), field("severity", "STRING"), field("trace", "STRING")];
    if layout == Layout::Analytics {
        columns.extend(fields("log_name text_payload insert_id span_id"));
        columns.extend([field("json_payload", "JSON"), field("labels", "JSON")]);
        columns.push(record("resource", vec![field("type", "STRING"), field("labels", "JSON")]));
    } else {
        columns.extend(fields("logName textPayload insertId spanId"));
        columns.push(record("labels", fields("k8s_pod_app compute_googleapis_com_resource_name")));
        columns.push(record("resource", vec![field("type", "STRING"), record("labels", fields(names))]));
        columns.push(record("httpRequest", vec![field("requestMethod", "STRING"), field("status", "INTEGER")]));
        let mut payload = fields("message msg userid");
        payload.extend([field("user_id", "FLOAT"), field("ok", "BOOLEAN"), record("user", fields("name"))]);
        columns.push(record("jsonPayload", payload));
    }
    let schema: Schema = serde_json::from_value(columns.into()).expect("a schema");
    Table { id: "stdout".to_owned(), log: Some("stdout".to_owned()), layout, schema, day_bytes: None }
}

/// How often parentheses of the outermost level open. A second reading of GoogleSQL's lexical rules, a
/// character at a time; an error where one closes nothing, something is left open, a statement ends, or a
/// parameter stands in the code.
/// <https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical>
fn depths(sql: &str) -> Result<usize, &'static str> {
    let chars: Vec<char> = sql.chars().collect();
    let is_at = |at: usize, word: &str| word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c));
    let mut open = Vec::new();
    let mut outer = 0;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let quote = ["'''", "\"\"\"", "'", "\"", "`"].into_iter().find(|quote| is_at(at, quote));
        if let Some(quote) = quote {
            let width = quote.len();
            at += width;
            while !is_at(at, quote) {
                match chars.get(at) {
                    None => return Err("a string without its end"),
                    Some('\n' | '\r') if width == 1 => return Err("a string over several lines"),
                    Some('\\') => at += 2,
                    Some(_) => at += 1,
                }
            }
            at += width;
        } else if c == '#' || is_at(at, "--") {
            while chars.get(at).is_some_and(|c| *c != '\n') {
                at += 1;
            }
        } else if is_at(at, "/*") {
            at += 2;
            while !is_at(at, "*/") {
                if at >= chars.len() {
                    return Err("a comment without its end");
                }
                at += 1;
            }
            at += 2;
        } else {
            match c {
                '(' | '[' | '{' => {
                    outer += usize::from(open.is_empty());
                    open.push(c);
                }
                ')' | ']' | '}' => match (open.pop(), c) {
                    (Some('('), ')') | (Some('['), ']') | (Some('{'), '}') => {}
                    _ => return Err("a bracket that closes nothing"),
                },
                ';' => return Err("the end of a statement"),
                '@' => return Err("a parameter"),
                _ => {}
            }
            at += 1;
        }
    }
    if open.is_empty() { Ok(outer) } else { Err("a bracket without its end") }
}
