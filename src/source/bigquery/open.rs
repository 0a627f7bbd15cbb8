//! What is known before the first byte is billed: who asks, which tables there are, which slices and
//! queries that makes, and what they would cost.

use std::future::Future;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::OnceCell;

use super::address::Address;
use super::auth::{Auth, Environment};
use super::datasets;
use super::error::{About, Error};
use super::job::Office;
use super::price::{Bytes, Pricing};
use super::progress::Screen;
use super::rest::Rest;
use super::runtime;
use super::sessions::{self, Gate, Ready};
use super::slices::{self, Breadth, Slice};
use super::sql::{self, Asked, Scanned, Statement, Unscannable};
use super::state::{self, States};
use super::stock::Stock;
use super::tables::{self, Found, Table};
use crate::entry::write::Columns;
use crate::select::Predicate;
use crate::source::Cut;
use crate::source::cache::Cache;
use crate::source::place::Via;
use crate::tool::{Failure, Signals};
use crate::when::{self, Window};

/// How to deal with BigQuery: what was typed or set, every default settled.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub address: Address,
    /// The project that queries are billed to.
    pub billing_project: Option<String>,
    pub location: Option<String>,
    /// The most that may be billed, in bytes.
    pub max_bytes: Option<u64>,
    pub pricing: Pricing,
    /// Forget what is known of the tables, and what is kept of slices.
    pub refresh: bool,
    /// What slices that are kept may take on disk, in bytes; `None` where they are none of this run's business.
    pub cache_size: Option<u64>,
    pub via: Via,
    /// `--where`.
    pub condition: Option<String>,
    pub verbose: u8,
}

/// What is wanted of the dataset.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub window: Window,
    pub select: Predicate,
    /// `None` for names alone: who wrote how much, and when.
    pub columns: Option<Columns>,
    pub cut: Cut,
}

/// A dataset whose tables are known.
#[derive(Debug)]
pub(crate) struct Opened {
    pub options: Options,
    pub wanted: Wanted,
    pub office: Office,
    pub found: Found,
    pub parts: Vec<Part>,
    /// For each of the parts, once it is known.
    pub stocks: Vec<Stock>,
    pub(super) cache: Option<Cache>,
    /// Whose credentials are used, in words.
    pub(super) account: String,
    /// What tables are like just now, as far as slices that may be kept need it.
    pub(super) states: States,
    pub screen: Screen,
    pub(super) gate: Gate,
    pub(super) runtime: Runtime,
}

/// A slice and its query.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub slice: Slice,
    pub statement: Statement,
    /// The bytes that it would process at most, once BigQuery was asked.
    pub(super) estimate: OnceCell<u64>,
    /// The same without a query, where somebody may want it so.
    pub(super) scan: Option<Result<Scanned, Unscannable>>,
    /// Its sessions, once they are made.
    pub(super) ready: OnceCell<Ready>,
}

impl Opened {
    /// Asks who we are, and for the tables. Bills nothing.
    pub(crate) fn open(
        options: Options,
        wanted: Wanted,
        screen: Screen,
        signals: &mut Signals,
    ) -> Result<Self, Failure> {
        let runtime = runtime::start()?;
        let environment = Environment::of_process();
        let told = screen.clone();
        screen.show("looking for the tables");
        let opened = interruptible(runtime.handle(), signals, async {
            let unsaid = |error: Error| error.say(About { address: &options.address, billing: "", location: None });
            let auth = Auth::find(&environment).await.map_err(unsaid)?;
            let project = options.billing_project.as_deref().or(environment.project.as_deref()).or(auth.project());
            let project = project.unwrap_or(&options.address.project).to_owned();
            let account = auth.told().unwrap_or_default();
            let gate = Gate::new(&environment, auth.clone(), &project, &options).map_err(unsaid)?;
            let gate = gate.telling(told.clone());
            let rest = Rest::new(environment.emulator, auth, options.verbose).map_err(unsaid)?;
            let heard = told.clone();
            let rest = rest.telling(move |text| heard.say(text));
            let mut office = Office { rest, project, location: options.location.clone() };
            let mut found = find(&office, &options, &wanted, options.refresh).await?;
            // Nobody is told "no such column" by memory.
            let is_void = parts(&found.tables, &options, &wanted, wanted.window.since).is_empty();
            if is_void && found.is_remembered {
                found = find(&office, &options, &wanted, true).await?;
            }
            office.location = office.location.or_else(|| found.location.clone());
            Ok::<_, Failure>((office, found, account, gate))
        });
        if opened.is_err() {
            screen.clear();
        }
        let (office, found, account, gate) = opened?;
        for note in &found.notes {
            screen.say(note);
        }
        let parts = parts(&found.tables, &options, &wanted, wanted.window.since);
        if parts.is_empty() && !found.tables.is_empty() {
            screen.say(
                "no table of the window can hold it: no log, column or label there is what was asked for, so nothing \
                 is queried",
            );
        }
        let cache = options.cache_size.and_then(Cache::open);
        let (stocks, states) = Default::default();
        Ok(Opened { options, wanted, office, found, parts, stocks, cache, account, states, screen, gate, runtime })
    }

    /// What is read of each row, beside what is only tested.
    pub(crate) fn columns(&self) -> Option<String> {
        let columns = self.parts.first()?.statement.columns.iter().map(|column| column.name);
        Some(columns.filter(|name| !sql::COUNTED.contains(name)).collect::<Vec<_>>().join(", "))
    }

    /// The keys of labels that the tables have columns for.
    pub(crate) fn labels(&self) -> Vec<String> {
        let columns = self.found.tables.iter().flat_map(|table| &table.schema.0);
        let labels = columns.filter(|column| column.name == "labels").flat_map(|column| &column.fields);
        labels.map(|label| label.name.clone()).collect()
    }

    /// The names of a slice's tables.
    pub(crate) fn tables_of(&self, part: &Part) -> Vec<&str> {
        part.slice.of(&self.found.tables).into_iter().map(|table| table.id.as_str()).collect()
    }

    /// The query of a slice, for another number of rows.
    pub(super) fn limited(&self, part: &Part, most: u64) -> Option<Statement> {
        let asked = asked(&self.options, &self.wanted, part.slice.window, Cut::First(most));
        sql::statement(&part.slice.of(&self.found.tables), &asked)
    }

    /// What `error` means for people, `billed` bytes having been billed. Where the price guard spoke, with
    /// what the run would cost.
    pub(super) async fn failure(&self, error: Error, billed: Bytes) -> Failure {
        if error.is_too_dear() {
            if let Err(refused) = self.check_price(billed).await {
                return refused;
            }
            // The estimate was too low.
            if let Some(needed) = error.needed_bytes() {
                return self.refused(needed.into(), billed.all().saturating_add(needed), billed);
            }
        }
        self.say(error)
    }

    /// What `error` means for people. Where no query runs, it is the Storage Read API that denies something, and it
    /// does not always say what.
    pub(super) fn say(&self, error: Error) -> Failure {
        let about = self.about();
        let is_bare = about.is_denied(&error) && !error.to_string().contains("bigquery.");
        let failure = error.say(about);
        if self.may_query() || !is_bare {
            return failure;
        }
        let (billing, Address { project, dataset }) = (about.billing, about.address);
        failure.hint(format!(
            "you need roles/bigquery.readSessionUser in project {billing}, and roles/bigquery.dataViewer on the dataset \
             {project}:{dataset}; lq-query --doctor shows the command that grants it"
        ))
    }

    pub(super) fn about(&self) -> About<'_> {
        about(&self.office, &self.options)
    }

    /// Looks at the tables anew, for what begins at `since`.
    pub(super) async fn renew(&mut self, since: DateTime<Utc>) -> Result<(), Failure> {
        self.found = find(&self.office, &self.options, &self.wanted, true).await?;
        self.parts = parts(&self.found.tables, &self.options, &self.wanted, since);
        self.stocks.clear();
        Ok(())
    }

    /// The SQL that would run, slice by slice. What goes straight from its tables has a comment in front that says so.
    pub(crate) fn sql(&self) -> String {
        let print = |part: &Part| {
            let comment = self.way(part).map_or(String::new(), sessions::comment);
            comment + &sql::print(&part.statement)
        };
        self.parts.iter().map(print).collect::<Vec<_>>().join("\n")
    }
}

fn about<'a>(office: &'a Office, options: &'a Options) -> About<'a> {
    About { address: &options.address, billing: &office.project, location: office.location.as_deref() }
}

async fn find(office: &Office, options: &Options, wanted: &Wanted, refresh: bool) -> Result<Found, Failure> {
    let asked = tables::Wanted { window: wanted.window, logs: &wanted.select.origin.logs };
    let ask = async |ask| office.ask(&options.address, ask).await;
    let cache = tables::Cache::of(&options.address, &office.rest.base());
    let found = tables::find(&ask, &options.address, &asked, when::now(), &cache, refresh).await;
    let failure = match found {
        Ok(found) => return Ok(found),
        Err(failure) => failure,
    };
    let error = match failure.error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => return Err(Failure { error, ..failure }),
    };
    let meant = if error.may_be_misspelt() { datasets::hint(&office.rest, &options.address).await } else { None };
    let is_denied = about(office, options).is_denied(&error);
    let failure = error.say(about(office, options));
    Err(match (meant, failure.hint.clone()) {
        // It may be there all the same.
        (Some(meant), Some(role)) if is_denied => failure.hint(format!("{meant}\n{role}")),
        (Some(meant), _) => failure.hint(meant),
        (None, _) => failure,
    })
}

/// The slices from `since` on, each with its query.
pub(super) fn parts(tables: &[Table], options: &Options, wanted: &Wanted, since: DateTime<Utc>) -> Vec<Part> {
    let window = Window { since, ..wanted.window };
    let breadth = match (&wanted.columns, wanted.cut) {
        (None, _) => Breadth::Names,
        // The last ones of each container are the last ones of the whole window.
        (Some(_), Cut::Last(_)) => Breadth::Whole,
        (Some(_), _) => Breadth::Entries,
    };
    let may_be_kept = options.cache_size.is_some_and(|most| most > 0) && wanted.columns.is_some();
    let apart = state::apart(&window, tables, when::now()).filter(|_| may_be_kept);
    let part = |slice: Slice| {
        let statement = sql::statement(&slice.of(tables), &asked(options, wanted, slice.window, wanted.cut))?;
        let is_wanted = options.via != Via::Query && wanted.columns.is_some();
        let scan = is_wanted.then(|| sql::scan(&slice.of(tables), &asked(options, wanted, slice.window, wanted.cut)));
        Some(Part { slice, statement, estimate: OnceCell::new(), scan, ready: OnceCell::new() })
    };
    // Tables with thousands of columns or long lists of names make long queries: then fewer days at once.
    let mut most = sql::MOST_TABLES;
    loop {
        let parts: Vec<Part> =
            slices::cut(&window, tables, breadth, most, apart).into_iter().filter_map(part).collect();
        if breadth == Breadth::Whole || most == 1 || parts.iter().all(|part| part.statement.fits()) {
            return parts;
        }
        most /= 2;
    }
}

fn asked<'a>(options: &'a Options, wanted: &'a Wanted, window: Window, cut: Cut) -> Asked<'a> {
    Asked {
        address: &options.address,
        window,
        select: &wanted.select,
        columns: wanted.columns.as_ref(),
        cut,
        condition: options.condition.as_deref(),
    }
}

/// Runs `work` to its end, unless a signal comes first.
pub(super) fn interruptible<T>(
    runtime: &Handle,
    signals: &mut Signals,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    runtime.block_on(async {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                () = tokio::time::sleep(Duration::from_millis(50)) => {
                    if let Some(signal) = signals.take() {
                        return Err(Failure::interrupted(signal));
                    }
                }
            }
        }
    })
}
