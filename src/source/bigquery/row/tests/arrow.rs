//! From Arrow batches to lines.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::*;
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields};

use super::build::{self, Choices};
use super::model::{Type, Value};
use super::{Lines, out};
use crate::source::bigquery::error::Error;
use crate::source::bigquery::schema::Kind;
use crate::source::bigquery::sql::{Cell, Column};

fn batch(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let columns = columns.iter().map(|(name, array)| (*name, array.clone(), true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn lines(batch: &RecordBatch, columns: &[(&'static str, Cell)]) -> Result<Vec<String>, Error> {
    let outs: Vec<_> = columns.iter().map(|(name, _)| out(name)).collect();
    let cells: Vec<_> = columns.iter().map(|(_, cell)| Some(cell.clone())).collect();
    let mut seen = Vec::new();
    let flow = Lines::new(&outs).read_batch(batch, &cells, |entry| {
        super::check_places(entry);
        seen.push(entry.line().to_owned());
        ControlFlow::Continue(())
    })?;
    assert!(flow.is_continue());
    Ok(seen)
}

fn text(name: &str) -> Cell {
    Cell::Text(Column::quoted(name), Kind::String)
}

fn json(name: &str) -> Cell {
    Cell::Json(Column::quoted(name))
}

/// The JSON of a column's only value; empty where nothing is left of it.
fn json_of(of: &Type, value: Value) -> String {
    let array = build::column(of, &[value], &mut Choices { all: &[0], next: 0 });
    let schema = arrow_schema::Schema::new(vec![build::field("c", of, &array)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
    let line = lines(&batch, &[("jsonPayload", json("c"))]).unwrap().remove(0);
    let (payload, _) = line.rsplit_once(r#","resource":{"type""#).unwrap();
    payload.strip_prefix(r#"{"jsonPayload":"#).unwrap_or_default().to_owned()
}

#[test]
fn each_type_has_its_json() {
    use Value::*;
    let text = |text: &str| Text(text.to_owned());
    let time = 1_767_250_800_500_000;
    for (of, value, expected) in [
        (Type::Bool, Bool(false), "false"),
        (Type::Integer, Integer(-3), "-3"),
        (Type::Integer, Integer(1 << 53), "9007199254740992"),
        (Type::Integer, Integer((1 << 53) + 1), r#""9007199254740993""#),
        (Type::Integer, Integer(i64::MIN), r#""-9223372036854775808""#),
        (Type::Float, Float(3.0), "3"),
        (Type::Float, Float(-0.0), "0"),
        (Type::Float, Float(0.1 + 0.2), "0.30000000000000004"),
        (Type::Float, Float(1e21), "1e+21"),
        (Type::Float, Float(72_057_594_037_927_936.0), "72057594037927936"),
        (Type::Float, Float(72_057_594_037_927_904.0), "72057594037927900"),
        (Type::Float, Float(f64::NAN), r#""NaN""#),
        (Type::Float, Float(f64::NEG_INFINITY), r#""-Infinity""#),
        (Type::Numeric, Numeric(2_000_000_000), "2"),
        (Type::Numeric, Numeric(-1_500_000_000), r#""-1.5""#),
        (Type::Numeric, Numeric(9_007_199_254_740_993_000_000_000), r#""9007199254740993""#),
        (Type::Text, text("<a>\u{1}\"\n東"), r#""<a>\u0001\"\n東""#),
        (Type::Text, text(""), r#""""#),
        (Type::Bytes, Bytes(vec![255, 0, 62]), r#""/wA+""#),
        (Type::Bytes, Bytes(vec![255]), r#""/w==""#),
        (Type::Date, Integer(0), r#""1970-01-01""#),
        (Type::Date, Integer(-719_162), r#""0001-01-01""#),
        (Type::Time, Integer(25_200_500_000), r#""07:00:00.500""#),
        (Type::Time, Integer(0), r#""00:00:00""#),
        (Type::DateTime, Integer(time), r#""2026-01-01T07:00:00.500""#),
        (Type::Timestamp, Integer(time), r#""2026-01-01T07:00:00.500Z""#),
        (Type::Timestamp, Integer(time + 1), r#""2026-01-01T07:00:00.500001Z""#),
        (Type::Timestamp, Integer(time + 500_000), r#""2026-01-01T07:00:01Z""#),
        (Type::Timestamp, Integer(-1), r#""1969-12-31T23:59:59.999999Z""#),
        (Type::Json, text(r#" {"a": [1.0, {"b": null}], "c": {}}"#), r#"{"a":[1,{}]}"#),
        (Type::Json, text("null"), ""),
        (Type::Json, text("{\"cut\":"), r#""{\"cut\":""#),
        (Type::Repeated(Box::new(Type::Integer)), Array(vec![]), ""),
        (Type::Repeated(Box::new(Type::Integer)), Array(vec![Integer(1), Null, Integer(2)]), "[1,null,2]"),
        (Type::Repeated(Box::new(Type::Json)), Array(vec![text("{}"), text(" [ ]"), text("null")]), "[{},[],null]"),
    ] {
        assert_eq!(json_of(&of, value.clone()), expected, "{of:?} {value:?}");
    }
}

#[test]
fn of_records_stay_the_members_that_say_something() {
    let record =
        |fields: &[(&str, Type)]| Type::Record(fields.iter().map(|(n, of)| (n.to_string(), of.clone())).collect());
    let inner = record(&[("x", Type::Integer), ("y", Type::Text)]);
    let of = record(&[("a", inner.clone()), ("b", Type::Repeated(Box::new(inner))), ("c", Type::Bool)]);
    use Value::*;
    for (value, expected) in [
        (Record(vec![Null, Null, Null]), ""),
        (Record(vec![Record(vec![Null, Null]), Array(vec![]), Null]), ""),
        (Record(vec![Record(vec![Integer(1), Null]), Array(vec![]), Bool(true)]), r#"{"a":{"x":1},"c":true}"#),
        (Record(vec![Null, Array(vec![Record(vec![Null, Null]), Null]), Null]), r#"{"b":[{},null]}"#),
        (Null, ""),
    ] {
        assert_eq!(json_of(&of, value.clone()), expected, "{value:?}");
    }
}

#[test]
fn what_a_record_that_is_null_holds_is_null() {
    let field = Field::new("pod_name", DataType::Utf8, true);
    let pods: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let labels: ArrayRef = Arc::new(StructArray::new(
        Fields::from(vec![field]),
        vec![pods],
        Some(NullBuffer::from(vec![true, false, true])),
    ));
    let field = Field::new("labels", labels.data_type().clone(), true);
    let resource: ArrayRef = Arc::new(StructArray::new(
        Fields::from(vec![field]),
        vec![labels],
        Some(NullBuffer::from(vec![false, true, true])),
    ));
    let batch = batch(&[("resource", resource)]);
    let pod = Column::quoted("resource").field("labels").field("pod_name");
    let columns = [("pod", Cell::Text(pod.clone(), Kind::String)), ("jsonPayload", Cell::Json(pod))];
    assert_eq!(
        lines(&batch, &columns).unwrap(),
        [
            r#"{"textPayload":"","resource":{"type":"k8s_container","labels":{}}}"#,
            r#"{"textPayload":"","resource":{"type":"k8s_container","labels":{}}}"#,
            r#"{"jsonPayload":"c","resource":{"type":"k8s_container","labels":{"pod_name":"c"}}}"#,
        ]
    );
}

#[test]
fn cells_say_what_their_sql_says() {
    let batch = batch(&[
        ("a", Arc::new(StringArray::from(vec![Some("x"), None]))),
        ("b", Arc::new(StringArray::from(vec![Some("y"), Some("z")]))),
        ("n", Arc::new(Int64Array::from(vec![Some(7), None]))),
        ("t", Arc::new(BooleanArray::from(vec![Some(true), None]))),
    ]);
    let both = || (Box::new(text("a")), Box::new(text("b")));
    let object = || Cell::Object(vec![("m\"".to_owned(), text("a")), ("n".to_owned(), json("n"))]);
    for (cell, expected) in [
        (Cell::Constant("\"".to_owned()), [r#""textPayload":"\"","#, r#""textPayload":"\"","#]),
        (Cell::First(vec![text("a"), text("b")]), [r#""textPayload":"x","#, r#""textPayload":"z","#]),
        (Cell::Unless(both().0, both().1), [r#""textPayload":"","#, r#""textPayload":"z","#]),
        (Cell::If(both().0, both().1), [r#""textPayload":"y","#, r#""textPayload":"","#]),
        (Cell::Text(Column::quoted("n"), Kind::Integer), [r#""textPayload":"7","#, r#""textPayload":"","#]),
        (Cell::Text(Column::quoted("t"), Kind::Boolean), [r#""textPayload":"true","#, r#""textPayload":"","#]),
    ] {
        let seen = lines(&batch, &[("textPayload", cell.clone())]).unwrap();
        assert_eq!(seen.len(), 2);
        for (line, expected) in seen.iter().zip(expected) {
            assert!(line.starts_with(&format!("{{{expected}")), "{cell:?}: {line}");
        }
    }
    let seen = lines(&batch, &[("jsonPayload", object())]).unwrap();
    assert!(seen[0].starts_with(r#"{"jsonPayload":{"m\"":"x","n":7},"#), "{}", seen[0]);
    assert!(seen[1].starts_with(r#"{"textPayload":"","#), "{}", seen[1]);
}

#[test]
fn a_column_is_found_however_its_name_is_cased_and_texts_however_they_are_kept() {
    let dictionary: DictionaryArray<Int8Type> = vec![Some("m"), None, Some("m")].into_iter().collect();
    let empty = DictionaryArray::<Int8Type>::new(Int8Array::new_null(3), Arc::new(StringArray::new_null(0)));
    let arrays: [ArrayRef; 4] = [
        Arc::new(LargeStringArray::from(vec![Some("m"), None, Some("m")])),
        Arc::new(StringViewArray::from(vec![Some("m"), None, Some("m")])),
        Arc::new(dictionary),
        Arc::new(empty),
    ];
    for (at, array) in arrays.into_iter().enumerate() {
        let seen = lines(&batch(&[("TextPayload", array)]), &[("textPayload", text("textPayload"))]).unwrap();
        let said = seen.iter().map(|line| line.starts_with(r#"{"textPayload":"m","#)).collect::<Vec<_>>();
        assert_eq!(said, [at < 3, false, at < 3], "{seen:?}");
    }
}

#[test]
fn a_column_that_is_missing_is_refused_by_name() {
    let there: ArrayRef = Arc::new(StringArray::from(vec!["m"]));
    let below = || Column::quoted("d").field("x");
    let missing = [text("d"), json("d"), Cell::Time(Column::quoted("d")), Cell::Text(below(), Kind::String)];
    for cell in missing.into_iter().chain([Cell::Json(below()), Cell::First(vec![text("c"), text("d")])]) {
        let error = lines(&batch(&[("c", there.clone())]), &[("textPayload", cell.clone())]).expect_err("no column d");
        assert_eq!(error.to_string(), "the result lacks the column d", "{cell:?}");
    }
}

#[test]
fn columns_of_other_types_are_refused_by_name_and_nothing_falls() {
    let integers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let civil: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1]));
    let list: ArrayRef = build::column(
        &Type::Repeated(Box::new(Type::Text)),
        &[Value::Array(Vec::new())],
        &mut Choices { all: &[0], next: 0 },
    );
    let below = Column::quoted("c").field("x");
    let time = || Cell::Time(Column::quoted("c"));
    let cases = [
        (integers.clone(), text("c")),
        (integers.clone(), time()),
        (integers.clone(), Cell::Text(Column::quoted("c"), Kind::Timestamp)),
        (integers.clone(), Cell::Text(below.clone(), Kind::String)),
        (integers, Cell::Text(Column::quoted("c"), Kind::Float)),
        (civil, time()),
        (list.clone(), text("c")),
        (list, Cell::Json(below)),
    ];
    let strange = || build::strange().into_iter();
    let cases = cases.into_iter().chain(strange().map(|array| (array, json("c"))));
    let cases = cases.chain(strange().flat_map(|array| [(array.clone(), text("c")), (array, time())]));
    for (array, cell) in cases {
        let of = array.data_type().clone();
        let error = lines(&batch(&[("c", array)]), &[("textPayload", cell.clone())]).expect_err("a strange column");
        assert!(error.to_string().starts_with("the result has the column c"), "{of} {cell:?}: {error}");
    }
}

#[test]
fn times_that_bigquery_does_not_have_are_no_times_and_nothing_falls() {
    let utc = |array: TimestampSecondArray| array.with_timezone("UTC");
    let batch = batch(&[
        ("s", Arc::new(utc(vec![i64::MAX, i64::MIN, 0].into()))),
        ("d", Arc::new(Date32Array::from(vec![i32::MAX, i32::MIN, 0]))),
        ("t", Arc::new(Time64NanosecondArray::from(vec![i64::MAX, i64::MIN, 0]))),
    ]);
    let columns = [("timestamp", Cell::Time(Column::quoted("s"))), ("jsonPayload", json("d")), ("labels", json("t"))];
    let seen = lines(&batch, &columns).unwrap();
    for line in &seen[..2] {
        assert!(!line.contains("Z\""), "{line}");
    }
    let last = r#"{"timestamp":"1970-01-01T00:00:00.000000Z","jsonPayload":"1970-01-01","labels":"00:00:00","#;
    assert!(seen[2].starts_with(last), "{}", seen[2]);
}

#[test]
fn a_reader_that_has_enough_ends_it() {
    let batch = batch(&[("m", Arc::new(StringArray::from(vec!["1", "2", "3"])))]);
    let mut seen = 0;
    let flow = Lines::new(&[out("textPayload")]).read_batch(&batch, &[Some(text("m"))], |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(flow.unwrap().is_break());
    assert_eq!(seen, 2);
    let flow = Lines::new(&[out("textPayload")]).read_batch(&batch, &[], |_| ControlFlow::Continue(()));
    assert!(flow.is_err());
}
