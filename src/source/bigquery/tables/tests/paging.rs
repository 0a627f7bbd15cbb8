//! tables.list comes in pages.

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::Ask;
use super::super::ask::{Kind, list};
use super::dataset::not_found;
use crate::source::bigquery::error::Error;

/// Lists what the pages tell, and gives the tokens that were sent.
async fn listed(
    pages: impl IntoIterator<Item = Result<Value, Error>>,
) -> (Result<Vec<String>, String>, Vec<Option<String>>) {
    let pages: RefCell<VecDeque<_>> = RefCell::new(pages.into_iter().collect());
    let sent: RefCell<Vec<Option<String>>> = RefCell::default();
    let tables = list(&async |ask| {
        let Ask::List { page } = ask else { panic!("{ask:?}") };
        sent.borrow_mut().push(page);
        pages.borrow_mut().pop_front().expect("no page more is asked for").map(|page| page.to_string().into_bytes())
    })
    .await;
    let tables = tables.map(|tables| tables.into_iter().map(|table| table.id).collect());
    (tables.map_err(|error| error.to_string()), sent.into_inner())
}

fn page(names: &[&str], token: Option<&str>) -> Result<Value, Error> {
    let table = |name| json!({"tableReference": {"projectId": "acme", "tableId": name}, "type": "TABLE"});
    let tables: Vec<Value> = names.iter().map(table).collect();
    Ok(json!({"kind": "bigquery#tableList", "tables": tables, "nextPageToken": token}))
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[tokio::test]
async fn each_page_is_asked_for_with_the_token_of_the_one_before() {
    let (tables, sent) = listed([page(&["a", "b"], Some("x")), page(&[], Some("y")), page(&["c"], None)]).await;
    assert_eq!(tables, Ok(names(&["a", "b", "c"])));
    assert_eq!(sent, [None, Some("x".to_owned()), Some("y".to_owned())]);
}

#[tokio::test]
async fn an_empty_token_is_the_end() {
    let (tables, sent) = listed([page(&["a"], Some(""))]).await;
    assert_eq!((tables, sent.len()), (Ok(names(&["a"])), 1));
}

#[tokio::test]
async fn an_empty_dataset_has_no_member_tables() {
    let (tables, _) = listed([Ok(json!({"kind": "bigquery#tableList", "totalItems": 0}))]).await;
    assert_eq!(tables, Ok(Vec::new()));
}

#[tokio::test]
async fn a_server_that_repeats_its_pages_is_not_followed_for_ever() {
    let (tables, sent) = listed((0..).map(|_| page(&["a"], Some("again"))).take(5)).await;
    assert!(tables.unwrap_err().contains("does not come to an end"));
    assert_eq!(sent.len(), 2);
    let (tables, sent) = listed((0..2000).map(|n| page(&["a"], Some(&n.to_string())))).await;
    assert!(tables.unwrap_err().contains("does not come to an end"));
    assert_eq!(sent.len(), 1000);
}

#[tokio::test]
async fn a_server_that_sends_empty_pages_is_not_followed_for_long() {
    let (tables, sent) = listed((0..2000).map(|n| page(&[], Some(&n.to_string())))).await;
    assert_eq!(tables, Err("tables.list sends nothing but empty pages".to_owned()));
    assert_eq!(sent.len(), 101);
    let some = (0..350).map(|n| {
        page(if n % 100 == 99 { &["a"] } else { &[] }, (n < 349).then_some("x").map(|x| format!("{x}{n}")).as_deref())
    });
    let (tables, sent) = listed(some).await;
    assert_eq!((tables.unwrap().len(), sent.len()), (3, 350));
}

#[tokio::test]
async fn an_error_in_the_middle_is_the_answer() {
    let (tables, _) = listed([page(&["a"], Some("x")), Err(not_found())]).await;
    assert_eq!(tables, Err("Not found".to_owned()));
}

#[tokio::test]
async fn what_no_table_can_be_called_is_not_listed() {
    let long = "x".repeat(1024);
    let can = ["stdout_20261121", "\u{30ed}\u{30b0} 2026-11", "e\u{301}t\u{e9}\u{203f}\u{2014}\u{2163}", &long];
    let too_long = "x".repeat(1025);
    let cannot = ["", "[secret]", "a.b", "a/b", "a\u{1b}[2Jb", "a\nb", "a\u{202e}b", "a`b", "$1", &too_long];
    let (tables, _) = listed([page(&can, Some("x")), page(&cannot, None)]).await;
    assert_eq!(tables, Ok(names(&can)));
}

#[tokio::test]
async fn what_is_no_list_is_an_error_and_what_is_new_is_not() {
    let (tables, _) = listed([Ok(json!([1]))]).await;
    assert!(tables.unwrap_err().starts_with("the answer to tables.list cannot be understood: "));
    let news = json!({"tables": [
        {"tableReference": {"tableId": "a"}, "type": "HOLOGRAM", "news": {}},
        {"id": "without a reference"},
    ]});
    let tables = list(&async |_| Ok(news.to_string().into_bytes())).await.unwrap();
    assert_eq!(tables.iter().map(|table| (&table.id[..], table.kind)).collect::<Vec<_>>(), [("a", Kind::Other)]);
}
