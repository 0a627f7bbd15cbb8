//! What a row restriction says of each flag, what is left to be decided here, and which columns travel.

use super::super::restriction::LONGEST;
use super::super::{Cell, Payload, Scanned, Unscannable};
use super::{analytics, asked, column, layout, record, scanned, sink_columns, table, window, words};
use crate::select::Predicate;
use crate::source::bigquery::schema::Kind;
use crate::source::bigquery::tables::{Layout, Table};

const WINDOW: &str = "(`timestamp` >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00' AND \
                      `timestamp` < TIMESTAMP '2026-11-21 08:00:00.000000+00:00' AND \
                      `resource`.`labels`.`container_name` IS NOT NULL";

/// A table of stdout with structured logs.
fn stdout() -> Vec<Table> {
    layout("partitioned")[..1].to_vec()
}

fn scan(tables: &[Table], flags: &str) -> Scanned {
    scanned(tables, &words(flags), window()).unwrap_or_else(|why| panic!("{flags}: {why}"))
}

fn is_decided(scanned: &Scanned) -> bool {
    let mut nothing = Predicate::default();
    nothing.origin.logs = scanned.local.origin.logs.clone();
    scanned.local == nothing
}

/// What stands behind the window, and whether that is all that was asked.
const SAID: &[(&str, &str, bool)] = &[
    ("", "", true),
    ("agent", "`resource`.`labels`.`container_name` = 'agent'", true),
    ("agent web", "`resource`.`labels`.`container_name` IN ('agent', 'web')", true),
    ("'w*'", "`resource`.`labels`.`container_name` LIKE 'w%'", false),
    ("'*'", "", true),
    (
        "-n shop --cluster prod",
        "`resource`.`labels`.`cluster_name` = 'prod' AND `resource`.`labels`.`namespace_name` = 'shop'",
        true,
    ),
    ("deploy/web", "`resource`.`labels`.`pod_name` LIKE 'web-%-%'", false),
    ("sts/web", "`resource`.`labels`.`pod_name` LIKE 'web-%'", false),
    (
        "deploy/web pod/db-0",
        "(`resource`.`labels`.`pod_name` LIKE 'web-%-%' OR `resource`.`labels`.`pod_name` = 'db-0')",
        false,
    ),
    ("--pod ^web-", "`resource`.`labels`.`pod_name` LIKE 'web-%'", true),
    ("--pod 'a_b%'", r"`resource`.`labels`.`pod_name` LIKE '%a\\_b\\%%'", true),
    ("--pod '(web|api)'", "", false),
    ("--pod '(web|api)' deploy/web", "", false),
    ("--exclude-pod ^web", "", false),
    ("-l app=web", "`labels`.`k8s_pod_app` = 'web'", true),
    ("-l app!=web", "(`labels`.`k8s_pod_app` != 'web' OR `labels`.`k8s_pod_app` IS NULL)", true),
    ("-l app", "`labels`.`k8s_pod_app` IS NOT NULL", true),
    ("-l '!app'", "`labels`.`k8s_pod_app` IS NULL", true),
    (
        "-l app=web,app!=db",
        "`labels`.`k8s_pod_app` = 'web' AND (`labels`.`k8s_pod_app` != 'db' OR `labels`.`k8s_pod_app` IS NULL)",
        true,
    ),
    ("-s warning", "NOT `severity` IN ('DEFAULT', 'DEBUG', 'INFO', 'NOTICE')", false),
    ("-s default", "", true),
    ("-g timeout", "", false),
    ("-e timeout", "", false),
    ("--stream stdout", "", true),
    ("--field severity=ERROR", "`severity` = 'ERROR'", true),
    ("--field 'trace>=b'", "`trace` >= 'b'", true),
    ("--field 'trace~^b'", "`trace` LIKE 'b%'", true),
    ("--field 'trace!~^b'", "", false),
    ("--field 'httpRequest.status>=500'", "`httpRequest`.`status` >= 500", true),
    ("--field 'httpRequest.latency<0.5'", "`httpRequest`.`latency` < 0.5", true),
    ("--field traceSampled=true", "`traceSampled` = TRUE", true),
    ("--field traceSampled!=true", "`traceSampled` = FALSE", true),
    ("--field payload.user_id=42", "`jsonPayload`.`user_id` = 42.0", true),
    ("--field payload.user.address.city!=x", "`jsonPayload`.`user`.`address`.`city` != 'x'", true),
    ("--field payload.user.name~A", "`jsonPayload`.`user`.`name` LIKE '%A%'", true),
    ("--field payload.user=x", "`jsonPayload`.`user` IS NOT NULL", false),
    ("--field 'payload.tags=[\"x\"]'", "", false),
    ("--field message=x", "", false),
    ("--field node=n1", "`labels`.`compute_googleapis_com_resource_name` = 'n1'", true),
    (
        "--field 'timestamp>2026-11-21T07:30:00.0000001Z'",
        "`timestamp` > TIMESTAMP '2026-11-21 07:30:00.000000+00:00'",
        true,
    ),
];

#[test]
fn a_restriction_says_what_it_can() {
    for (flags, said, is_all) in SAID {
        let scanned = scan(&stdout(), flags);
        let expected = if said.is_empty() { format!("{WINDOW})") } else { format!("{WINDOW} AND {said})") };
        assert_eq!(scanned.tables[0].restriction, expected, "{flags}");
        assert_eq!(is_decided(&scanned), *is_all, "{flags}: {:?}", scanned.local);
    }
}

#[test]
fn what_a_query_would_decide_in_the_text_of_all_rows_is_a_search() {
    for (flags, expected) in [
        ("", false),
        ("deploy/web -s error", false),
        ("-l app=web --field payload.user_id=42", false),
        ("-g timeout", true),
        ("-F -e timeout", true),
        ("--field message~x", true),
        ("--field payload.user_id~4", true),
    ] {
        assert_eq!(scan(&stdout(), flags).leaves_search, expected, "{flags}");
    }
}

#[test]
fn rows_that_arrived_in_the_days_around_the_window_are_meant_and_none_of_the_buffer() {
    let scanned = scan(layout("ingestion"), "");
    let restriction = &scanned.tables[0].restriction;
    let arrived = "_PARTITIONTIME >= TIMESTAMP '2026-11-20 00:00:00.000000+00:00' AND \
                   _PARTITIONTIME < TIMESTAMP '2026-11-23 00:00:00.000000+00:00'";
    assert!(restriction.starts_with(&format!("({arrived} AND `timestamp` >= ")), "{restriction}");
    assert!(!restriction.contains("_PARTITIONTIME IS NULL"), "{restriction}");
}

#[test]
fn tables_that_cannot_hold_what_is_asked_are_not_read() {
    let ids = |scanned: Scanned| scanned.tables.into_iter().map(|table| table.id).collect::<Vec<_>>();
    assert_eq!(ids(scan(layout("sharded"), "")), ["stdout_20261121", "stderr_20261121"]);
    assert_eq!(ids(scan(layout("partitioned"), "--stream stderr")), ["stderr"]);
    assert_eq!(ids(scan(layout("partitioned"), "--field payload.user_id=5")), ["stdout"]);
    assert_eq!(ids(scan(layout("partitioned"), "--field payload.nothing=5")), [] as [&str; 0]);
}

#[test]
fn only_the_columns_travel_that_are_looked_at_here() {
    let names = "timestamp severity insertId resource.labels.cluster_name resource.labels.namespace_name \
                 resource.labels.pod_name resource.labels.container_name";
    for (flags, further) in [
        ("", "textPayload jsonPayload"),
        ("--without payload", "textPayload jsonPayload.message jsonPayload.msg"),
        ("--without payload --field payload.user_id=42", "textPayload jsonPayload.message jsonPayload.msg"),
        ("--field httpRequest.status=500", "textPayload jsonPayload"),
        ("--field httpRequest~500", "textPayload jsonPayload httpRequest"),
        ("--with node", "textPayload jsonPayload labels.compute_googleapis_com_resource_name"),
        ("--with node,labels,trace", "textPayload jsonPayload labels trace"),
        ("--with resource", "textPayload jsonPayload resource"),
    ] {
        let scanned = scan(&stdout(), flags);
        let mut expected: Vec<&str> =
            names.split(' ').chain(further.split(' ')).filter(|name| !name.is_empty()).collect();
        if flags == "--with resource" {
            expected.retain(|name| !name.starts_with("resource."));
        }
        assert_eq!(scanned.tables[0].fields, expected, "{flags}");
    }
}

#[test]
fn the_columns_are_those_of_a_query_that_leaves_as_much() {
    for flags in ["", "--without payload", "--with all", "deploy/web -s error", "--with node --field node=n1"] {
        for name in ["sharded", "partitioned", "ingestion"] {
            let scanned = scan(layout(name), flags);
            let statement = asked(layout(name), &words(flags), window()).unwrap();
            assert_eq!(scanned.columns, statement.columns, "{name}: {flags}");
            assert_eq!(scanned.payload, statement.payload, "{name}: {flags}");
            for table in &scanned.tables {
                assert_eq!(table.cells.len(), scanned.columns.len(), "{name}: {flags}");
            }
        }
    }
    assert_eq!(scan(&stdout(), "--without payload").payload, Payload::Texts);
    assert_eq!(scan(&stdout(), "-g x").payload, Payload::Whole);
}

#[test]
fn a_message_is_made_of_as_much_of_the_payload_as_by_a_query() {
    let mut no_texts = stdout();
    for column in &mut no_texts[0].schema.0 {
        column.fields.retain(|field| !matches!(field.name.as_str(), "message" | "msg" | "log"));
    }
    for flags in
        ["-g x", "-F -g x", "-e x", "--field message=x", "--field 'payload.user.name~ne+dle'", "--field payload.user=x"]
    {
        let flags = format!("--without payload {flags}");
        assert_eq!(scanned(&stdout(), &words(&flags), window()).map(drop), Err(Unscannable::Payload), "{flags}");
        // Where no column has a text alone, the payload is the message, and is whole by either way.
        let (scanned, asked) = (scan(&no_texts, &flags), asked(&no_texts, &words(&flags), window()).unwrap());
        assert_eq!((scanned.payload, asked.payload), (Payload::Whole, Payload::Whole), "{flags}");
    }
    for flags in ["-n shop", "deploy/web -s error", "--field payload.user_id=42", "-l app=web", "--stream stdout"] {
        let flags = format!("--without payload {flags}");
        let (scanned, asked) = (scan(&stdout(), &flags), asked(&stdout(), &words(&flags), window()).unwrap());
        assert_eq!((scanned.payload, asked.payload), (Payload::Texts, Payload::Texts), "{flags}");
    }
}

#[test]
fn a_cut_is_not_the_servers() {
    assert_eq!(scan(&stdout(), "--tail 5"), scan(&stdout(), ""));
    assert_eq!(scan(&stdout(), "--limit 5 -g x"), scan(&stdout(), "-g x"));
}

#[test]
fn pieces_of_split_entries_travel_whatever_their_text() {
    let mut tables = stdout();
    let split = record("split", vec![column("uid", Kind::String), column("index", Kind::Integer)]);
    tables[0].schema.0.push(split);
    let scanned = scan(&tables, "--field payload.user.name=Ada");
    let said = "(`jsonPayload`.`user`.`name` = 'Ada' OR `split`.`uid` IS NOT NULL)";
    assert!(scanned.tables[0].restriction.ends_with(&format!(" AND {said})")), "{}", scanned.tables[0].restriction);
    assert_eq!(scanned.local.content.fields.len(), 1);
    assert!(scanned.tables[0].fields.contains(&"split".to_owned()));
}

#[test]
fn what_only_a_query_can_do_is_said() {
    let odd = |column| [table("stdout", "stdout", Layout::Partitioned, [sink_columns(None), vec![column]].concat())];
    let no_kind: Vec<_> = sink_columns(None).into_iter().filter(|column| column.name != "labels").collect();
    let mut json = no_kind.clone();
    json.retain(|column| column.name != "resource");
    json.push(record("resource", vec![column("type", Kind::String), column("labels", Kind::Json)]));
    let json = [table("stdout", "stdout", Layout::Partitioned, json)];
    let bytes = record("jsonPayload", vec![column("x", Kind::Other("BYTES".to_owned()))]);
    let of_kind = |kind: Kind| {
        let mut columns = sink_columns(None);
        columns.iter_mut().filter(|column| column.name == "insertId").for_each(|column| column.kind = kind.clone());
        [table("stdout", "stdout", Layout::Partitioned, columns)]
    };
    for kind in [Kind::Integer, Kind::Boolean, Kind::Timestamp] {
        assert!(scanned(&of_kind(kind), &[], window()).is_ok());
    }
    for (tables, flags, why) in [
        (stdout(), "--where TRUE", "--where is a condition in SQL, for a query"),
        (stdout(), "lq-ls pods", "names are counted by a query"),
        (vec![analytics()], "", "_AllLogs is a view, not a table"),
        (odd(bytes).to_vec(), "", "stdout has a column jsonPayload.x of type BYTES that only a query reads"),
        (json.to_vec(), "", "which rows of stdout come from containers only a query tells"),
        (of_kind(Kind::Float).to_vec(), "", "stdout has a column insertId that only a query reads"),
    ] {
        let told = scanned(&tables, &words(flags), window()).map_err(|why| why.to_string());
        assert_eq!(told.map(drop), Err(why.to_owned()), "{flags}");
    }
}

#[test]
fn a_restriction_that_is_too_long_is_none() {
    let typed = |length| vec!["--field".to_owned(), format!("trace={}", "'".repeat(length))];
    let before = scan(&stdout(), "--field trace=x").tables[0].restriction.len() - 1;
    let fits = (LONGEST - before) / 2;
    assert!(scanned(&stdout(), &typed(fits), window()).is_ok());
    let long = scanned(&stdout(), &typed(fits + 1), window());
    assert_eq!(long, Err(Unscannable::Long(before + 2 * (fits + 1))));
}

#[test]
fn columns_are_read_as_the_schema_spells_them() {
    let mut columns = sink_columns(None);
    for column in &mut columns {
        column.name = column.name.to_ascii_uppercase();
    }
    let tables = [table("stdout", "stdout", Layout::Partitioned, columns)];
    let scanned = scan(&tables, "--field trace=x");
    assert!(
        scanned.tables[0].fields.contains(&"RESOURCE.labels.pod_name".to_owned()),
        "{:?}",
        scanned.tables[0].fields
    );
    assert!(scanned.tables[0].restriction.contains("`TRACE` = 'x'"), "{}", scanned.tables[0].restriction);
}

#[test]
fn a_name_that_is_no_path_comes_with_what_it_stands_in() {
    let mut columns = sink_columns(None);
    columns.retain(|column| column.name != "labels");
    columns.push(record("labels", vec![column("compute.googleapis.com/resource_name", Kind::String)]));
    let tables = [table("stdout", "stdout", Layout::Partitioned, columns)];
    let scanned = scan(&tables, "--with node --field node=n1");
    assert!(scanned.tables[0].fields.contains(&"labels".to_owned()), "{:?}", scanned.tables[0].fields);
    let said = "`labels`.`compute.googleapis.com/resource_name` = 'n1')";
    assert!(scanned.tables[0].restriction.ends_with(said), "{}", scanned.tables[0].restriction);
}

#[test]
fn a_column_whose_name_is_no_path_is_for_a_query() {
    for name in ["jsonpayload_a.b", "jsonpayload_a`b", "jsonpayload_a\nb"] {
        let mut columns = sink_columns(None);
        columns.push(record(name, vec![column("message", Kind::String)]));
        let tables = [table("stdout", "stdout", Layout::Partitioned, columns)];
        for flags in ["", "--without payload"] {
            let why = scanned(&tables, &words(flags), window());
            assert_eq!(why.map(drop), Err(Unscannable::Column("stdout".to_owned(), name.to_owned())), "{flags}");
        }
    }
}

#[test]
fn cells_of_a_result_are_its_columns() {
    let statement = asked(&stdout(), &words(""), window()).unwrap();
    for out in &statement.columns {
        let cell = Cell::of_result(out);
        let columns = cell.columns().unwrap();
        assert_eq!(columns[0].path, [out.name]);
        assert_eq!(cell.sql(), columns[0].sql());
    }
}
