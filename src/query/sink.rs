//! Where the entries go: onto stdout in the form that was asked for, if any was; counted.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;

use anyhow::{Context, Result, anyhow};

use super::outlet::Outlet;
use super::plan::{Output, Plan};
use super::tail::Tail;
use crate::entry::forms::{Form, Writer};
use crate::entry::scan::Spans;
use crate::entry::seal::{self, Seal};
use crate::entry::stamp::Stamp;
use crate::entry::{Entry, sanitize, write};
use crate::index::Sight;
use crate::source::Cut;
use crate::source::census::Container;
use crate::source::order::Sorted;
use crate::tool::{self, Failure};

pub(crate) struct Sink {
    out: Out,
    tail: Option<Tail>,
    first: u64,
    /// Entries that came after a later one.
    pub disorder: u64,
    newest: Option<Stamp>,
}

/// How a stream ends.
pub(crate) enum Ending<'a> {
    Whole,
    Sealed(&'a Seal),
    /// Why, and up to when it is complete.
    Broken(&'a str, Option<Stamp>),
}

/// Writes and counts.
struct Out {
    /// `None` where entries are only counted.
    file: Option<Outlet>,
    /// `None` writes entry lines as they are.
    writer: Option<Writer>,
    spans: Spans,
    scratch: Vec<u8>,
    written: Written,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub entries: u64,
    /// The first and the last time.
    pub span: Option<(Stamp, Stamp)>,
    /// By the number of the container.
    containers: Vec<Option<Sight>>,
}

impl Written {
    /// How many Pods wrote something; `containers` in the order of their numbers.
    pub(crate) fn pods(&self, containers: &[Container]) -> usize {
        self.seen(containers).map(|(container, _)| container.pod).collect::<HashSet<_>>().len()
    }

    /// How many entries of each Pod were written, by its name in [seals](seal).
    pub(crate) fn by_pod(&self, containers: &[Container]) -> BTreeMap<String, u64> {
        let mut pods = BTreeMap::new();
        for (Container { who, .. }, sight) in
            self.seen(containers).filter(|(container, _)| !container.who.pod.is_empty())
        {
            let entries: &mut u64 = pods.entry(seal::pod_name(&who.cluster, &who.namespace, &who.pod)).or_default();
            *entries = entries.saturating_add(sight.entries);
        }
        pods
    }

    fn add(&mut self, container: u32, sight: Sight) {
        let number = container as usize;
        if number >= self.containers.len() {
            self.containers.resize(number + 1, None);
        }
        let known = &mut self.containers[number];
        *known = Some(known.map_or(sight, |known| known.plus(sight)));
        self.entries = self.entries.saturating_add(sight.entries);
        let (first, last) = self.span.unwrap_or((sight.first, sight.last));
        self.span = Some((first.min(sight.first), last.max(sight.last)));
    }

    /// Which of the containers wrote something, and when.
    pub(crate) fn seen<'a>(&self, containers: &'a [Container]) -> impl Iterator<Item = (&'a Container, Sight)> {
        containers.iter().zip(&self.containers).filter_map(|(container, sight)| Some((container, (*sight)?)))
    }
}

impl Sink {
    pub(crate) fn new(plan: &Plan, terminal: bool) -> Result<Self> {
        let is_plain = |output: &&Output| output.form == Form::Entry && !terminal;
        let writer = plan.output.as_ref().filter(|output| !is_plain(output)).map(|output| {
            let mut writer = Writer::new(output.form, plan.time.zone.clone());
            writer.stamps = output.timestamps;
            writer.terminal = terminal;
            writer
        });
        let file = plan.output.as_ref().map(|_| Outlet::stdout()).transpose();
        let file = file.context("cannot write to standard output")?;
        Ok(Sink {
            out: Out { file, writer, spans: Spans::default(), scratch: Vec::new(), written: Written::default() },
            tail: if let Cut::Last(most) = plan.cut { Some(Tail::new(most, plan.memory / 4)) } else { None },
            first: if let Cut::First(most) = plan.cut { most } else { u64::MAX },
            disorder: 0,
            newest: None,
        })
    }

    /// Takes the next entry; breaks off when it was the last that is wanted.
    pub(crate) fn take(&mut self, entry: Sorted) -> Result<ControlFlow<()>> {
        if self.newest.is_some_and(|newest| entry.stamp < newest) {
            self.disorder += 1;
        } else {
            self.newest = Some(entry.stamp);
        }
        if let Some(tail) = &mut self.tail {
            tail.push(&entry)?;
            return Ok(ControlFlow::Continue(()));
        }
        self.out.write(entry)?;
        Ok(if self.is_full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    /// Counts entries of a container that do not come one by one.
    pub(crate) fn count(&mut self, container: u32, sight: Sight) {
        self.out.written.add(container, sight);
    }

    /// True when as many entries were written as are wanted.
    pub(crate) fn is_full(&self) -> bool {
        self.out.written.entries >= self.first
    }

    /// Hands over what was written so far.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.out.file.as_mut().map_or(Ok(()), Write::flush).context("cannot write to standard output")
    }

    /// Hands out what was put by for `--tail`, once all entries were [taken](Self::take), or until `stop`.
    pub(crate) fn hand_out_tail(&mut self, mut stop: impl FnMut() -> bool) -> Result<()> {
        let Some(tail) = self.tail.take() else { return Ok(()) };
        tail.finish(|entry| match stop() {
            true => Ok(ControlFlow::Break(())),
            false => self.out.write(entry).map(ControlFlow::Continue),
        })
    }

    /// What was written so far.
    pub(crate) fn written(&self) -> &Written {
        &self.out.written
    }

    /// Ends the stream.
    pub(crate) fn finish(&mut self, ending: Ending) -> Result<()> {
        let form = self.out.writer.as_ref().map_or(Form::Entry, |writer| writer.form);
        let mut line = Vec::new();
        match ending {
            Ending::Broken(why, until) if form.has_controls() => write::failed(why, until, &mut line),
            Ending::Sealed(seal) if form.has_controls() => line.extend(seal.line()?.into_bytes()),
            _ => {}
        }
        if self.out.writer.as_ref().is_some_and(|writer| writer.terminal) {
            let whole = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            sanitize::push_json(&whole, &mut line);
        }
        if let Some(file) = &mut self.out.file {
            file.write_all(&line).context("cannot write to standard output")?;
        }
        self.flush()
    }
}

impl Out {
    fn write(&mut self, Sorted { stamp, container, line, .. }: Sorted) -> Result<()> {
        if let Some(file) = &mut self.file {
            match &mut self.writer {
                None => file.write_all(line),
                Some(writer) => {
                    let line = str::from_utf8(line)?.trim_end_matches('\n');
                    let entry =
                        Entry::parse(line, &mut self.spans).map_err(|flaw| anyhow!("an entry of our own: {flaw}"))?;
                    self.scratch.clear();
                    writer.write(&entry, &mut self.scratch);
                    file.write_all(&self.scratch)
                }
            }
            .context("cannot write to standard output")?;
        }
        self.written.add(container, Sight::of(stamp));
        Ok(())
    }
}

/// The failed line alone, for a run that broke before its stream began: a tool behind the pipe must
/// not take an empty stream for a whole one. On a terminal nobody needs it.
pub(crate) fn fail(form: Form, failure: &Failure) -> io::Result<()> {
    if !form.has_controls() || io::stdout().is_terminal() {
        return Ok(());
    }
    let mut line = Vec::new();
    write::failed(&format!("{:#}", failure.error), None, &mut line);
    let mut out = tool::stdout()?;
    out.write_all(&line)?;
    out.flush()
}
