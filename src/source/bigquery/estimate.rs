//! What slices would process, as dry runs tell it: what that costs, whether it is allowed, and to whom.
//!
//! A dry run bills nothing. Each slice has one at most in a run. Of a slice that is read straight from its tables, the
//! sessions tell, which bill nothing before they are read.
//! <https://cloud.google.com/bigquery/docs/running-queries#dry-run>

use std::collections::BTreeSet;

use anyhow::anyhow;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::error::Error;
use super::open::{Opened, Part, Wanted, interruptible, parts};
use super::price::{self, Bytes};
use crate::entry::write::Columns;
use crate::select::{Glob, Logs};
use crate::size;
use crate::tool::{Failure, Signals, Status};

/// A flag that would make the run cheaper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cheaper {
    pub flag: String,
    /// What all slices would then process at most.
    pub bytes: Bytes,
}

/// Slices whose estimates are compared with those of other flags.
const MOST_COMPARED: usize = 31;

/// Estimates that run at the same time.
const ESTIMATES: usize = 8;

impl Opened {
    /// The bytes that each slice would process at most, by the way that it is read; none for those that are kept.
    /// Costs nothing.
    pub(crate) fn estimate(&self, signals: &mut Signals) -> Result<Vec<Bytes>, Failure> {
        interruptible(self.runtime.handle(), signals, self.estimates())
    }

    async fn estimates(&self) -> Result<Vec<Bytes>, Failure> {
        let estimates = self.estimates_of(self.unkept().map(|(_, part)| part)).await?;
        let mut bytes = vec![Bytes::default(); self.parts.len()];
        self.unkept().zip(estimates).for_each(|((number, _), estimate)| bytes[number] = estimate);
        Ok(bytes)
    }

    async fn estimates_of(&self, parts: impl Iterator<Item = &Part>) -> Result<Vec<Bytes>, Failure> {
        let asked = parts.map(|part| self.estimate_of(part));
        let estimates = stream::iter(asked).buffered(ESTIMATES).try_collect().await;
        estimates.map_err(|error: Error| self.say(error))
    }

    async fn estimate_of(&self, part: &Part) -> Result<Bytes, Error> {
        if self.way(part).is_ok() {
            match self.ready(part).await {
                Ok(ready) => return Ok(Bytes { queried: 0, straight: ready.bytes() }),
                Err(error) if self.may_query() => self.give_up(&error),
                Err(error) => return Err(error),
            }
        }
        self.dry_run(part).await.map(Bytes::from)
    }

    /// What each slice that goes straight would process as a query; `None` for the others, and where nobody tells.
    pub(crate) fn estimate_as_queries(&self, signals: &mut Signals) -> Result<Vec<Option<u64>>, Failure> {
        let is_straight = |(number, part): (usize, &Part)| !self.is_kept(number) && self.way(part).is_ok();
        let asked = self.parts.iter().enumerate().map(async |(number, part)| match is_straight((number, part)) {
            true => self.dry_run(part).await.ok(),
            false => None,
        });
        let asked = stream::iter(asked).buffered(ESTIMATES).collect();
        interruptible(self.runtime.handle(), signals, async { Ok(asked.await) })
    }

    /// The bytes that the query of a slice would process at most.
    async fn dry_run(&self, part: &Part) -> Result<u64, Error> {
        part.estimate.get_or_try_init(|| self.office.estimate(&part.statement)).await.copied()
    }

    /// Which of the parts with these numbers BigQuery would answer to whoever asks now: a dry run of each of them tells,
    /// which costs nothing. <https://cloud.google.com/bigquery/docs/running-queries#dry-run>
    pub(super) async fn allowed(&self, numbers: &[usize]) -> BTreeSet<usize> {
        let parts = numbers.iter().filter_map(|number| Some((*number, self.parts.get(*number)?)));
        let asked = parts.map(async |(number, part)| self.dry_run(part).await.ok().map(|_| number));
        stream::iter(asked).buffered(ESTIMATES).filter_map(async |number| number).collect().await
    }

    /// The most that may be billed for a query that only helps to spare others; `None` for nothing. What is billed for
    /// it makes no run refused that would be allowed without it, `billed` bytes having been billed.
    pub(super) async fn spare(&self, billed: Bytes) -> Option<u64> {
        let Some(most) = self.options.max_bytes else { return Some(u64::MAX) };
        let (low, high) = self.billed(&self.estimates().await.ok()?);
        let left = most.saturating_sub(billed.all());
        // Refused but for what is kept.
        let spare = if low > left && self.may_be_kept() { left } else { left.saturating_sub(high) };
        Some(spare).filter(|spare| *spare >= price::LEAST_BILLED)
    }

    /// Refuses to go on if more would be billed than is allowed, behind what was billed already.
    pub(super) async fn check_price(&self, billed: Bytes) -> Result<(), Failure> {
        match self.options.max_bytes {
            Some(_) => self.allow(&self.estimates().await?, billed),
            None => Ok(()),
        }
    }

    /// Tells what will be read at most and what that costs, unless it is more than is allowed.
    pub(super) async fn tell_price(&self) -> Result<(), Failure> {
        let bytes = self.estimates().await?;
        self.allow(&bytes, Bytes::default())?;
        let price = self.options.pricing.say(bytes.iter().copied().sum::<Bytes>(), "≤ ");
        self.screen.say(&format!("will read {price} of {}", self.options.address));
        Ok(())
    }

    /// Refuses slices that process so many `bytes` each.
    fn allow(&self, bytes: &[Bytes], billed: Bytes) -> Result<(), Failure> {
        let (low, high) = self.billed(bytes);
        match self.options.max_bytes {
            Some(most) if billed.all() + low > most => {
                Err(self.refused(bytes.iter().copied().sum(), billed.all() + high, billed))
            }
            _ => Ok(()),
        }
    }

    /// What would be billed at least and at most if the slices process so many `bytes` each.
    pub(crate) fn billed(&self, bytes: &[Bytes]) -> (u64, u64) {
        self.billed_where(bytes, |part| self.way(part).is_err())
    }

    /// What `--via query` would process instead, where that is within `--max-bytes` or costs less; `queried` is what
    /// slices that go straight would process as queries.
    pub(crate) fn better_by_query(&self, bytes: &[Bytes], queried: &[Option<u64>]) -> Option<Bytes> {
        if !queried.iter().any(Option::is_some) {
            return None;
        }
        let by_query = |(bytes, queried): (&Bytes, &Option<u64>)| match queried {
            Some(queried) => Some(Bytes::from(*queried)),
            // Nobody tells what it would be.
            None => Some(*bytes).filter(|bytes| bytes.straight == 0),
        };
        let all = bytes.iter().zip(queried).map(by_query).collect::<Option<Vec<_>>>()?;
        let fits = self.options.max_bytes.is_none_or(|most| self.billed_where(&all, |_| true).0 <= most);
        let dollars = |all: &[Bytes]| self.options.pricing.dollars(all.iter().copied().sum::<Bytes>());
        (fits || dollars(&all) < dollars(bytes)).then(|| all.into_iter().sum())
    }

    /// The same where slices that are not kept are read by queries if they are so.
    fn billed_where(&self, bytes: &[Bytes], is_query: impl Fn(&Part) -> bool) -> (u64, u64) {
        let tables = self.parts.iter().enumerate();
        let is_query = |number, part| !self.is_kept(number) && is_query(part);
        let tables = tables.map(|(number, part)| if is_query(number, part) { part.slice.tables.len() } else { 0 });
        bytes.iter().zip(tables).fold((0, 0), |sum, (bytes, tables)| {
            let (low, high) = price::billed(bytes.queried, tables);
            (sum.0 + low + bytes.straight, sum.1 + high + bytes.straight)
        })
    }

    /// Says that the price guard refuses to read `bytes`, and which flag lets `needed` through.
    pub(super) fn refused(&self, bytes: Bytes, needed: u64, billed: Bytes) -> Failure {
        let pricing = self.options.pricing;
        let before = match billed.all() {
            0 => "nothing was billed".to_owned(),
            _ => format!("{} were billed before", pricing.say(billed, "")),
        };
        let way = match (bytes.straight, bytes.queried) {
            (0, _) => "",
            (_, 0) => " straight from the tables",
            _ => " straight from the tables and by query",
        };
        let error = anyhow!(
            "refused: this would read {}{way}, and --max-bytes allows {}; {before}",
            pricing.say(bytes, "≤ "),
            size::say(self.options.max_bytes.unwrap_or(u64::MAX)),
        );
        let failure = Failure { status: Status::Refused, error, hint: None };
        // What queries would process is not asked for, only to be told here.
        let query = if bytes.straight > 0 { "; by query it may be less: --via query" } else { "" };
        failure.hint(format!(
            "to run it all the same: --max-bytes {}{query}; what would make it cheaper is told by --dry-run",
            price::bound_for(needed)
        ))
    }

    /// What would be cheaper, with the bytes that all slices would then process; nothing where some are kept, as
    /// those of other flags are not. Costs nothing.
    pub(crate) fn cheaper(&self, signals: &mut Signals) -> Result<Vec<Cheaper>, Failure> {
        if self.parts.len() > MOST_COMPARED || self.unkept().count() < self.parts.len() {
            return Ok(Vec::new());
        }
        let mut ways = Vec::new();
        if let Some(Columns { payload, with }) = &self.wanted.columns {
            let wanted = |columns| Wanted { columns: Some(columns), ..self.wanted.clone() };
            if *payload && self.parts.iter().any(|part| part.statement.reads_payload()) {
                ways.push(("--without payload".to_owned(), wanted(Columns { payload: false, with: with.clone() })));
            }
            for dropped in with {
                let with = with.iter().copied().filter(|name| name != dropped).collect();
                ways.push((format!("no --with {dropped}"), wanted(Columns { payload: *payload, with })));
            }
        }
        for stream in ["stdout", "stderr"] {
            let mut select = self.wanted.select.clone();
            if select.origin.logs == Logs::OfContainers {
                select.origin.logs = Logs::Named(vec![Glob::new("--stream", stream)?]);
                ways.push((format!("--stream {stream}"), Wanted { select, ..self.wanted.clone() }));
            }
        }
        interruptible(self.runtime.handle(), signals, async {
            let mut cheaper = Vec::new();
            for (flag, wanted) in ways {
                let parts = parts(&self.found.tables, &self.options, &wanted, wanted.window.since);
                cheaper.push(Cheaper { flag, bytes: self.estimates_of(parts.iter()).await?.into_iter().sum() });
            }
            Ok(cheaper)
        })
    }
}
