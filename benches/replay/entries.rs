//! The recorded entries: four fifths text, one fifth structured, some Japanese, some stack traces; 600 to 900 bytes
//! a line on the average. Each is made of its number and the seed alone.

use std::fmt::Write;

use chrono::DateTime;

use crate::entry::{Entry, Http, Payload, Pod};
use crate::rng::{BASE36, HEX, KUBE, Rng};

/// 2026-11-20T00:00:00Z. All entries are of that UTC day.
const BEGIN: i64 = 1_795_132_800;
const DAY: i64 = 86_400_000_000;

/// Rows of a result come in runs, and the runs in no order.
const RUN: u64 = 1000;

pub struct Entries {
    pub count: u64,
    seed: u64,
    pods: Vec<Pod>,
}

/// Namespace, app, container.
pub const APPS: [(&str, &str, &str); 10] = [
    ("shop", "checkout", "api"),
    ("shop", "catalog", "api"),
    ("shop", "front", "nginx"),
    ("payment", "ledger", "worker"),
    ("monitoring", "datadog", "agent"),
    ("search", "indexer", "indexer"),
    ("shop", "mailer", "smtp"),
    ("shop", "cart", "redis"),
    ("payment", "fraud", "scorer"),
    ("batch", "report", "renderer"),
];

/// How many of [`APPS`] the table of BigQuery has.
pub const IN_TABLE: usize = 6;

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "kube-probe/1.31",
];

const PATHS: [&str; 5] =
    ["/api/v1/orders", "/api/v1/items", "/cart/items", "/search?q=茶碗&sort=price&page", "/session"];

const LOGGERS: [&str; 3] = [
    "com.example.shop.api.OrderController",
    "com.example.shop.payment.LedgerService",
    "com.example.shop.search.IndexWriter",
];

const JAPANESE: [&str; 3] = [
    "決済がタイムアウトしました。注文を保留にし、在庫の引き当てを取り消します",
    "注文を受け付けました。配送業者への連絡を予約しました 🍵",
    "在庫が残りわずかです。倉庫からの補充を依頼してください",
];

impl Entries {
    /// The Pods are of the first `apps` of [`APPS`], which are not none.
    pub fn new(count: u64, pods: u64, apps: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed).fork("pods", 0);
        let pods = (0..pods).map(|number| {
            let (namespace, app, container) = APPS[number as usize % apps];
            let name = format!("{app}-{}-{}", rng.word(KUBE, 10), rng.word(KUBE, 5));
            let node = format!("gke-prod-tokyo-pool-a-{}-{}", rng.word(HEX, 8), rng.word(BASE36, 4));
            Pod { namespace, name, container, app, node }
        });
        Entries { count, seed, pods: pods.collect() }
    }

    /// The entry with this number.
    pub fn entry(&self, number: u64) -> Entry<'_> {
        let mut rng = Rng::new(self.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let time = self.time(number, &mut rng);
        let pod = rng.pick(&self.pods);
        let is_structured = rng.one_in(5);
        let ((severity, level), _) = *rng.pick_by_weight(
            &[(("INFO", "info"), 80), (("DEBUG", "debug"), 8), (("WARNING", "warn"), 8), (("ERROR", "error"), 4)],
            |(_, weight)| *weight,
        );
        let (text, payload) = match is_structured {
            true => (None, Some(payload(&mut rng, number, level))),
            false => (Some(text(&mut rng, number, time)), None),
        };
        let insert_id = format!("{number:08x}{}", rng.word(BASE36, 12));
        Entry { time, received: time + 300_000 + rng.below(4_000_000) as i64, severity, insert_id, pod, text, payload }
    }

    /// All numbers, in the order of their entries' times.
    pub fn in_order(&self) -> impl Iterator<Item = u64> {
        let mut runs: Vec<u64> = (0..self.runs()).collect();
        runs.sort_unstable_by_key(|run| self.place_of(*run));
        let count = self.count;
        runs.into_iter().flat_map(|run| run * RUN..(run + 1) * RUN).filter(move |number| *number < count)
    }

    fn runs(&self) -> u64 {
        self.count.div_ceil(RUN)
    }

    /// Which run of all it is in time. Every number below [`Self::runs`], each once: the prime does not divide so few.
    fn place_of(&self, run: u64) -> u64 {
        (u128::from(run) * 2_147_483_647 % u128::from(self.runs())) as u64
    }

    /// Within a run the time grows.
    fn time(&self, number: u64, rng: &mut Rng) -> i64 {
        let runs = self.runs();
        let place = self.place_of(number / RUN) * RUN + number % RUN;
        let step = DAY / (runs * RUN) as i64;
        BEGIN * 1_000_000 + place as i64 * step + rng.below(step.max(1) as u64) as i64
    }
}

fn text(rng: &mut Rng, number: u64, time: i64) -> String {
    let clock = DateTime::from_timestamp_micros(time).unwrap_or_default().format("%Y-%m-%d %H:%M:%S%.3f");
    let mut out = String::with_capacity(600);
    let (user, order, millis) = (rng.below(90_000), rng.below(9_000_000), rng.latency_ms(40.0));
    // Writing into a string does not fail.
    let _ = match rng.below(20) {
        0 => trace(rng, &mut out, &clock.to_string(), order),
        1 | 2 => write!(
            out,
            "{clock} WARN  1 --- [nio-8080-exec-{}] {} : {} 注文番号={order} 利用者=u-{user} 経過={millis}ms 試行={} \
             request={} trace={}",
            rng.below(32),
            rng.pick(&LOGGERS),
            rng.pick(&JAPANESE),
            rng.below(5),
            rng.word(HEX, 32),
            rng.word(HEX, 32)
        ),
        3..10 => write!(
            out,
            "10.{}.{}.{} - u-{user} [{clock}] \"{} {}/{order} HTTP/1.1\" {} {} \"https://shop.example.com{}\" \"{}\" rt={} \
             uct=\"0.00{}\" uht=\"0.0{}\" upstream=10.8.{}.{}:8080 request_id={}",
            rng.below(256),
            rng.below(256),
            rng.below(256),
            rng.pick(&["GET", "POST", "PUT"]),
            rng.pick(&PATHS),
            rng.pick(&[200, 200, 200, 201, 304, 404, 500]),
            rng.below(90_000),
            rng.pick(&PATHS),
            rng.pick(&AGENTS),
            millis / 1000.0,
            rng.below(10),
            rng.below(100),
            rng.below(256),
            rng.below(256),
            rng.word(HEX, 32)
        ),
        _ => write!(
            out,
            "{clock} INFO  1 --- [nio-8080-exec-{}] {} : order {order} of user u-{user} stored in {millis} ms: items={} \
             total={} currency=JPY warehouse=tokyo-{} carrier=\"{}\" idempotency_key={} trace_id={} span_id={} attempt={} \
             pool={{active={}, idle={}, waiting={}}} checksum={} row={number}",
            rng.below(32),
            rng.pick(&LOGGERS),
            rng.below(12) + 1,
            rng.below(90_000),
            rng.below(9),
            rng.pick(&["Yamato Transport", "Sagawa Express", "Japan Post"]),
            rng.word(HEX, 32),
            rng.word(HEX, 32),
            rng.word(HEX, 16),
            rng.below(4) + 1,
            rng.below(20),
            rng.below(20),
            rng.below(3),
            rng.word(HEX, 64)
        ),
    };
    out
}

fn trace(rng: &mut Rng, out: &mut String, clock: &str, order: u64) -> std::fmt::Result {
    let logger = rng.pick(&LOGGERS);
    writeln!(out, "{clock} ERROR 1 --- [worker-{}] {logger} : order {order} failed", rng.below(16))?;
    write!(out, "java.lang.IllegalStateException: no \"price\" for item {}", rng.below(90_000))?;
    for _ in 0..8 + rng.below(12) {
        let method = rng.pick(&["handle", "doFilter", "invoke", "store", "lambda$submit$0"]);
        write!(
            out,
            "\n\tat {}.{method}({}.java:{})",
            rng.pick(&LOGGERS),
            rng.pick(&["Ledger", "Orders"]),
            rng.below(900)
        )?;
    }
    write!(out, "\nCaused by: java.net.SocketTimeoutException: Read timed out\n\t... {} more", rng.below(60))
}

fn payload(rng: &mut Rng, number: u64, level: &'static str) -> Payload {
    let order = rng.below(9_000_000);
    let message = match rng.below(8) {
        0 => (*rng.pick(&JAPANESE)).to_owned(),
        1 => format!("order {order} rejected: field \"address\" is empty\n\tin step validate"),
        _ => format!("order {order} accepted and queued for delivery as number {number}"),
    };
    Payload {
        level,
        message,
        logger: rng.pick::<&str>(&LOGGERS),
        thread: format!("worker-{}", rng.below(16)),
        user: (!rng.one_in(4)).then(|| format!("u-{}", rng.below(90_000))),
        request: rng.word(HEX, 32),
        trace: rng.word(HEX, 32),
        host: rng.pick::<&str>(&["shop.example.com", "api.example.com"]),
        address: format!("203.0.113.{}", rng.below(256)),
        latency: rng.latency_ms(40.0),
        bytes: rng.below(90_000) as f64,
        is_cached: rng.one_in(3),
        tags: rng.pick::<&[&str]>(&[&[], &["retry"], &["canary", "blue"]]),
        http: Http {
            method: rng.pick::<&str>(&["GET", "POST", "PUT"]),
            path: format!("{}/{order}", rng.pick::<&str>(&PATHS)),
            status: f64::from(*rng.pick(&[200u16, 201, 304, 404, 500])),
            agent: rng.pick::<&str>(&AGENTS),
        },
    }
}
