//! What the containers of the namespace `shop` say: structured logs, stack traces, colours and tabs.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::cluster::{Moment, Payload, Said, Stage};
use crate::rng::{HEX, Rng};

/// How often, level and severity, message, method, path, status.
type Served = (u64, &'static str, &'static str, &'static str, &'static str, &'static str, u16);

#[rustfmt::skip]
const SERVED: &[Served] = &[
    (60, "info",  "INFO",    "item viewed",                "GET",  "/items",           200),
    (30, "info",  "INFO",    "カートに商品を追加しました", "PUT",  "/cart/items",      200),
    (25, "info",  "INFO",    "注文を受け付けました",       "POST", "/orders",          201),
    (20, "info",  "INFO",    "ログインしました",           "POST", "/session",         200),
    (12, "info",  "INFO",    "search finished",            "GET",  "/search?q=茶碗",   200),
    (10, "info",  "INFO",    "search finished",            "GET",  "/search?q=teapot", 200),
    (16, "debug", "DEBUG",   "cache hit",                  "GET",  "/items",           304),
    ( 8, "debug", "DEBUG",   "cache miss",                 "GET",  "/items",           200),
    ( 6, "warn",  "WARNING", "在庫が残りわずかです 🍵",    "GET",  "/stock",           200),
    ( 4, "warn",  "WARNING", "slow response from api",     "GET",  "/items",           200),
    ( 2, "error", "ERROR",   "決済がタイムアウトしました", "POST", "/payments",        504),
];

/// During the outage.
#[rustfmt::skip]
const REFUSED: &[Served] = &[
    (4, "error", "ERROR",   "upstream refused: api:8080", "GET",  "/items",  503),
    (3, "error", "ERROR",   "upstream refused: api:8080", "POST", "/orders", 503),
    (3, "error", "ERROR",   "注文に失敗しました",         "POST", "/orders", 503),
    (4, "warn",  "WARNING", "retrying request to api",    "GET",  "/items",  200),
];

pub fn web(rng: &mut Rng, moment: &Moment) -> Said {
    if rng.one_in(30) {
        // A structured line without a message of its own.
        let payload = json!({"idle": rng.below(8), "in_use": rng.below(24), "level": "debug", "pool": "api"});
        return Said { log: "stdout", severity: "DEBUG", payload: Payload::Json(payload), trace: None };
    }
    let served = if moment.outage() && !rng.one_in(3) { REFUSED } else { SERVED };
    let (_, level, severity, message, method, path, status) = *rng.pick_by_weight(served, |row| row.0);
    let slow = if status >= 500 || level == "warn" { 900.0 } else { 24.0 };
    let mut http = json!({
        "client": {"ip": format!("203.0.113.{}", rng.below(256)), "mobile": rng.one_in(2)},
        "method": method,
        "path": path,
        "status": status,
    });
    if path == "/items" {
        http["path"] = Value::from(format!("/items/{}", 1_000 + rng.below(500)));
    }
    // Just above 2^53: where a reader that takes numbers for floats shows other customers.
    let user = (1u64 << 53) + 1 + rng.below(5_000) * if rng.one_in(4) { 1_000_003 } else { 2 };
    let payload = json!({
        "http": http,
        "latency_ms": rng.latency_ms(slow),
        "level": level,
        "message": message,
        "user_id": user,
    });
    let trace = format!("projects/{}/traces/{}", crate::cluster::PROJECT, rng.word(HEX, 32));
    Said { log: "stdout", severity, payload: Payload::Json(payload), trace: Some((trace, rng.word(HEX, 16))) }
}

const NO_CONNECTION: &str = "\
org.springframework.transaction.CannotCreateTransactionException: Could not open JPA EntityManager for transaction
\tat org.springframework.orm.jpa.JpaTransactionManager.doBegin(JpaTransactionManager.java:466)
\tat org.springframework.transaction.support.AbstractPlatformTransactionManager.startTransaction(AbstractPlatformTransactionManager.java:531)
\tat com.example.shop.api.OrderService.place(OrderService.java:88)
\tat com.example.shop.api.OrderController.post(OrderController.java:41)
\tat java.base/java.lang.Thread.run(Thread.java:1583)
Caused by: java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after {}ms
\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)
\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)
\t... 4 more";

const NULL_POINTER: &str = "\
java.lang.NullPointerException: Cannot invoke \"com.example.shop.api.Coupon.percent()\" because \"coupon\" is null
\tat com.example.shop.api.PriceService.total(PriceService.java:57)
\tat com.example.shop.api.CartController.show(CartController.java:{})
\tat java.base/java.lang.Thread.run(Thread.java:1583)";

pub fn api(rng: &mut Rng, moment: &Moment) -> Said {
    let thread = 1 + rng.below(10);
    let begin = |level: &str, class: &str| {
        let clock = moment.at.format("%Y-%m-%d %H:%M:%S%.3f");
        format!("{clock} {level:>5} 1 --- [nio-8080-exec-{thread}] c.e.shop.api.{class:<16} : ")
    };
    let trace = |class: &str, what: &str, trace: &str, number: u64| {
        let trace = trace.replace("{}", &number.to_string());
        Said::err(format!("{}{what}\n{trace}", begin("ERROR", class)))
    };
    if moment.outage() && rng.one_in(2) {
        return trace("OrderController", "request failed", NO_CONNECTION, 30_000 + rng.below(9));
    }
    let order = 480_000 + rng.below(90_000);
    match rng.below(100) {
        0..35 => {
            Said::out(begin("INFO", "OrderController") + &format!("order {order} stored in {}ms", rng.latency_ms(12.0)))
        }
        35..70 => Said::out(
            begin("INFO", "ItemController")
                + &format!("item {} read in {}ms", 1_000 + rng.below(500), rng.latency_ms(3.0)),
        ),
        70..85 => Said::out(
            begin("DEBUG", "PriceService") + &format!("total of order {order}: ¥{}", 300 + 10 * rng.below(4_000)),
        ),
        85..93 => Said::out(begin("INFO", "MailService") + &format!("mail for order {order} queued")),
        93..97 => Said::out(
            begin("WARN", "StockService")
                + &format!("lock on item {} waited {}ms", 1_000 + rng.below(500), rng.latency_ms(400.0)),
        ),
        _ => trace("CartController", "request failed", NULL_POINTER, *rng.pick(&[31, 64])),
    }
}

pub fn postgres(rng: &mut Rng, moment: &Moment) -> Said {
    const RED: &str = "\x1b[31m";
    const GREEN: &str = "\x1b[32m";
    const YELLOW: &str = "\x1b[1;33m";
    let clock = moment.at.format("%Y-%m-%d %H:%M:%S%.3f UTC");
    let process = 40 + rng.below(60);
    let begin = |colour: &str, word: &str| format!("{clock}\t[{process}]\t{colour}{word}\x1b[0m:\t");
    if moment.outage() && !rng.one_in(3) {
        return Said::err(begin(RED, "FATAL") + "sorry, too many clients already");
    }
    let ms = rng.latency_ms(8.0);
    match rng.below(40) {
        0..24 => Said::out(
            begin(GREEN, "LOG")
                + &format!(
                    "duration: {ms} ms\tstatement: {}",
                    rng.pick(&[
                        "SELECT * FROM items WHERE id = $1",
                        "INSERT INTO orders (user_id, total) VALUES ($1, $2)",
                        "UPDATE stock SET n = n - 1 WHERE item = $1 AND n > 0",
                    ])
                ),
        ),
        24..32 => Said::out(begin(GREEN, "LOG") + "checkpoint starting: time"),
        32..36 => Said::out(
            begin(GREEN, "LOG")
                + &format!("checkpoint complete:\twrote {} buffers\twrite={}", rng.below(900), ms / 1000.0),
        ),
        36..39 => Said::out(
            begin(YELLOW, "WARNING") + "autovacuum:\ttable \"shop.public.orders\" has \x1b[1m20%\x1b[0m dead rows",
        ),
        _ => Said::err(
            begin(RED, "ERROR")
                + "deadlock detected\n\tDETAIL:\tProcess waits for ShareLock on transaction; blocked by another",
        ),
    }
}

pub fn report(rng: &mut Rng, moment: &Moment) -> Said {
    const ORDERS: f64 = 52_000.0;
    let day = (moment.at + TimeDelta::hours(9)).format("%Y-%m-%d");
    match moment.stage {
        Stage::First => {
            return Said::out(format!("report of {day}: begins, {ORDERS} orders to read"));
        }
        Stage::Last => {
            return Said::out(format!("report of {day}: 完了, {ORDERS} orders, sheets written: 48"));
        }
        Stage::Middle => {}
    }
    let done = moment
        .pod
        .life
        .as_ref()
        .map_or(0.0, |life| (moment.at - life.start).as_seconds_f64() / (life.end - life.start).as_seconds_f64());
    match rng.below(60) {
        0 => Said::err(format!("report of {day}: order {} has no customer, left out", 480_000 + rng.below(90_000))),
        1..8 => Said::out(format!("report of {day}: sheet {} of 48 written", (done * 48.0) as u32)),
        _ => Said::out(format!("report of {day}: read {:.0} of {ORDERS} orders ({:.1}%)", done * ORDERS, done * 100.0)),
    }
}
