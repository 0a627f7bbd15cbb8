//! Values as a table has them, and what TO_JSON_STRING writes of them: by the simplest means.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use serde_json::json;

#[derive(Clone, Debug)]
pub(super) enum Type {
    Bool,
    Integer,
    Float,
    Numeric,
    Text,
    Bytes,
    Date,
    Time,
    DateTime,
    Timestamp,
    Json,
    Record(Vec<(String, Type)>),
    Repeated(Box<Type>),
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Also days and microseconds.
    Integer(i64),
    Float(f64),
    /// Of nine decimal places.
    Numeric(i128),
    /// Also JSON.
    Text(String),
    Bytes(Vec<u8>),
    Record(Vec<Value>),
    Array(Vec<Value>),
}

/// TO_JSON_STRING.
pub(super) fn print(of: &Type, value: &Value) -> String {
    let string = |text: &str| {
        // As Google's servers escape.
        let json = json!(text).to_string();
        ['<', '>', '&', '\'', '='].iter().fold(json, |json, c| json.replace(*c, &format!("\\u{:04x}", u32::from(*c))))
    };
    match (of, value) {
        (_, Value::Null) => "null".to_owned(),
        (_, Value::Bool(value)) => value.to_string(),
        (Type::Integer, Value::Integer(value)) if value.abs() > 9_007_199_254_740_992 => format!("\"{value}\""),
        (Type::Integer, Value::Integer(value)) => value.to_string(),
        (Type::Date, Value::Integer(days)) => format!("\"{}\"", day(*days)),
        (Type::Time, Value::Integer(micros)) => string(civil(*micros).split_once('T').unwrap().1),
        (Type::DateTime, Value::Integer(micros)) => string(&civil(*micros)),
        (_, Value::Integer(micros)) => string(&(civil(*micros) + "Z")),
        (_, Value::Float(value)) => float(*value),
        (_, Value::Numeric(billionths)) => {
            let (sign, all) = (if *billionths < 0 { "-" } else { "" }, billionths.unsigned_abs());
            let (whole, fraction) = (all / 1_000_000_000, all % 1_000_000_000);
            let text = format!("{sign}{whole}.{fraction:09}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            if fraction == 0 && whole <= 1 << 53 { text.to_owned() } else { format!("\"{text}\"") }
        }
        (Type::Json, Value::Text(json)) => json.clone(),
        (_, Value::Text(text)) => string(text),
        (_, Value::Bytes(bytes)) => string(&BASE64_STANDARD.encode(bytes)),
        (Type::Record(fields), Value::Record(values)) => {
            let members = fields.iter().zip(values);
            let members = members.map(|((name, of), value)| format!("{}:{}", string(name), print(of, value)));
            let members: Vec<String> = members.collect();
            format!("{{{}}}", members.join(","))
        }
        (Type::Repeated(of), Value::Array(values)) => {
            let values: Vec<String> = values.iter().map(|value| print(of, value)).collect();
            format!("[{}]", values.join(","))
        }
        (of, value) => panic!("{value:?} is no {of:?}"),
    }
}

fn day(days: i64) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    let distance = Days::new(days.unsigned_abs());
    if days < 0 { first - distance } else { first + distance }
}

/// `2026-01-01T07:00:00.500`
pub(super) fn civil(micros: i64) -> String {
    let time: NaiveDateTime = DateTime::from_timestamp_micros(micros).unwrap().naive_utc();
    let seconds = time.format("%Y-%m-%dT%H:%M:%S").to_string();
    match micros.rem_euclid(1_000_000) {
        0 => seconds,
        fraction if fraction % 1000 == 0 => format!("{seconds}.{:03}", fraction / 1000),
        fraction => format!("{seconds}.{fraction:06}"),
    }
}

/// C's `%.15g`, or `%.17g` where that is not read as the same number.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "\"NaN\"".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" }.to_owned();
    }
    let general = |digits: i32| {
        let text = format!("{value:.*e}", digits as usize - 1);
        let (mantissa, exponent) = text.split_once('e').unwrap();
        let exponent: i32 = exponent.parse().unwrap();
        let trim = |text: &str| match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
            false => text.to_owned(),
        };
        if exponent < -4 || exponent >= digits {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
        } else {
            trim(&format!("{value:.*}", (digits - 1 - exponent) as usize))
        }
    };
    let short = general(15);
    if short.parse::<f64>().unwrap() == value { short } else { general(17) }
}

pub(super) fn types() -> impl Strategy<Value = Type> {
    let simple = prop_oneof![
        1 => Just(Type::Bool),
        1 => Just(Type::Integer),
        3 => Just(Type::Float),
        1 => Just(Type::Numeric),
        3 => Just(Type::Text),
        1 => Just(Type::Bytes),
        1 => Just(Type::Date),
        1 => Just(Type::Time),
        1 => Just(Type::DateTime),
        1 => Just(Type::Timestamp),
        2 => Just(Type::Json),
    ];
    simple.prop_recursive(3, 20, 5, |inner| {
        let name = prop_oneof![3 => "[a-z_]{1,8}", 1 => "[A-Zé東\"\\\\ -]{1,3}"];
        let record = prop::collection::vec((name, inner.clone()), 1..6).prop_map(|fields| {
            let mut seen = std::collections::HashSet::new();
            Type::Record(fields.into_iter().filter(|(name, _)| seen.insert(name.to_lowercase())).collect())
        });
        let repeated = inner.prop_map(|of| match of {
            Type::Repeated(of) => Type::Repeated(of),
            of => Type::Repeated(Box::new(of)),
        });
        prop_oneof![3 => record, 1 => repeated]
    })
}

pub(super) const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000_000..=253_402_300_799_999_999;

/// A value, often none.
pub(super) fn values(of: &Type) -> BoxedStrategy<Value> {
    prop_oneof![1 => Just(Value::Null), 3 => some(of)].boxed()
}

fn some(of: &Type) -> BoxedStrategy<Value> {
    let micros = || prop_oneof![TIMES, (0i64..4_000_000_000).prop_map(|seconds| seconds * 1_000_000), Just(500_000)];
    match of {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Integer => {
            let edge =
                (-2i64..=2).prop_flat_map(|by| prop_oneof![Just((1 << 53) + by), Just(by - (1 << 53)), Just(by)]);
            prop_oneof![any::<i64>(), edge].prop_map(Value::Integer).boxed()
        }
        Type::Float => prop_oneof![
            any::<f64>(),
            any::<i32>().prop_map(f64::from),
            (-100_000i32..100_000).prop_map(|hundredths| f64::from(hundredths) / 100.0),
            // Where %.17g writes integers, and beyond.
            (9e15..2e17f64).prop_map(f64::trunc),
            (9u64..200, 15u32..18).prop_map(|(digits, zeros)| (digits * 10u64.pow(zeros - 2)) as f64),
            prop::sample::select(vec![0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e15, 1e17, 1e21, 5e-324]),
        ]
        .prop_map(Value::Float)
        .boxed(),
        Type::Numeric => prop_oneof![
            any::<i64>().prop_map(i128::from),
            any::<i64>().prop_map(|whole| i128::from(whole) * 1_000_000_000),
            (-9i128..9).prop_map(|whole| whole * 500_000_000),
        ]
        .prop_map(Value::Numeric)
        .boxed(),
        Type::Text => any::<String>().prop_map(Value::Text).boxed(),
        Type::Bytes => prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes).boxed(),
        Type::Date => (-719_162i64..=2_932_896).prop_map(Value::Integer).boxed(),
        Type::Time => prop_oneof![0..86_400_000_000i64, (0..86_400i64).prop_map(|second| second * 1_000_000)]
            .prop_map(Value::Integer)
            .boxed(),
        Type::DateTime | Type::Timestamp => micros().prop_map(Value::Integer).boxed(),
        Type::Json => prop::sample::select(vec![
            "null",
            "{}",
            "[]",
            "1.0",
            "-0",
            "\"a\"",
            r#"{"a":null}"#,
            r#"[null,{"a":[]},[]]"#,
            r#"{"a":{"b":[1,2.50]}}"#,
            r#"{"a":"\u003c","b":{"c":{}}}"#,
            "true",
            "12345678901234567890",
        ])
        .prop_map(|json| Value::Text(json.to_owned()))
        .boxed(),
        Type::Record(fields) => {
            fields.iter().map(|(_, of)| values(of)).collect::<Vec<_>>().prop_map(Value::Record).boxed()
        }
        Type::Repeated(of) => prop::collection::vec(values(of), 0..4).prop_map(Value::Array).boxed(),
    }
}
