//! TIMESTAMP in all forms of it.

use proptest::prelude::*;

use crate::source::bigquery::row::time;

#[test]
fn times_are_read_in_every_form_that_bigquery_has() {
    for (text, expected) in [
        ("1733013960123456", "2024-12-01T00:46:00.123456Z"),
        ("0", "1970-01-01T00:00:00.000000Z"),
        ("-1", "1969-12-31T23:59:59.999999Z"),
        ("-62135596800000000", "0001-01-01T00:00:00.000000Z"),
        ("253402300799999999", "9999-12-31T23:59:59.999999Z"),
        ("1.73301396E9", "2024-12-01T00:46:00.000000Z"),
        ("1.733013960123456E9", "2024-12-01T00:46:00.123456Z"),
        ("1733013960.123456", "2024-12-01T00:46:00.123456Z"),
        ("1733013960.1234561", "2024-12-01T00:46:00.123456Z"),
        ("1733013960.1234555", "2024-12-01T00:46:00.123456Z"),
        ("1733013960.99999951", "2024-12-01T00:46:01.000000Z"),
        ("1733013960.", "2024-12-01T00:46:00.000000Z"),
        ("0.0", "1970-01-01T00:00:00.000000Z"),
        ("-0.0", "1970-01-01T00:00:00.000000Z"),
        ("5E-7", "1970-01-01T00:00:00.000001Z"),
        ("4E-7", "1970-01-01T00:00:00.000000Z"),
        ("5E-300", "1970-01-01T00:00:00.000000Z"),
        ("0E300", "1970-01-01T00:00:00.000000Z"),
        ("1.5E-6", "1970-01-01T00:00:00.000002Z"),
        ("-1.5E-6", "1969-12-31T23:59:59.999998Z"),
        ("-1.5E+0", "1969-12-31T23:59:58.500000Z"),
        ("1e5", "1970-01-02T03:46:40.000000Z"),
        ("-6.21355968E10", "0001-01-01T00:00:00.000000Z"),
        ("2.53402300799999999E11", "9999-12-31T23:59:59.999999Z"),
        ("2026-11-21T07:00:00.123456789Z", "2026-11-21T07:00:00.123456Z"),
        ("2026-11-21T16:00:00+09:00", "2026-11-21T07:00:00.000000Z"),
        ("2026-11-21 07:00:00.5 UTC", "2026-11-21T07:00:00.500000Z"),
        ("2026-11-21 07:00:00", "2026-11-21T07:00:00.000000Z"),
        ("2026-11-21 16:00:00.25+09", "2026-11-21T07:00:00.250000Z"),
    ] {
        let stamp = time::read(text).unwrap_or_else(|| panic!("{text} is a time"));
        let mut written = Vec::new();
        stamp.push_utc(6, &mut written);
        assert_eq!(String::from_utf8(written).unwrap(), expected, "{text}");
    }
    for text in [
        "",
        " ",
        "-",
        ".",
        "-.",
        "E9",
        "1E",
        "1.5E99999999999",
        "1E300",
        "1.5.5",
        "1,5",
        "0x10",
        "NaN",
        "Infinity",
        "true",
        "-62135596800000001",
        "253402300800000000",
        "-6.2135596801E10",
        "2.534023008E11",
        "0000-12-31T23:59:59Z",
        "99999999999999999999",
        "é.é",
        "2026-11-21",
    ] {
        assert_eq!(time::read(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_microsecond_is_read_exactly_in_all_forms(micros in -62_135_596_800_000_000i64..=253_402_300_799_999_999, shift in 0usize..22) {
        let stamp = time::read(&micros.to_string()).unwrap();
        prop_assert_eq!(i128::from(stamp.secs) * 1_000_000 + i128::from(stamp.nanos / 1000), i128::from(micros));
        let sign = if micros < 0 { "-" } else { "" };
        let digits = format!("{:0>22}", micros.unsigned_abs());
        // The point anywhere, and an exponent that puts it right.
        let (whole, fraction) = digits.split_at(shift);
        let exponent = 22 - shift as i32 - 6;
        prop_assert_eq!(time::read(&format!("{sign}{whole}.{fraction}E{exponent}")), Some(stamp));
        let (whole, fraction) = digits.split_at(16);
        prop_assert_eq!(time::read(&format!("{sign}{whole}.{fraction}")), Some(stamp));
        let mut rfc = Vec::new();
        stamp.push_utc(6, &mut rfc);
        prop_assert_eq!(time::read(std::str::from_utf8(&rfc).unwrap()), Some(stamp));
    }

    #[test]
    fn no_text_makes_the_clock_fall(text in "[-+0-9.eE: TZUé]{0,30}") {
        let _ = time::read(&text);
    }
}
