//! What a tool promises under a fault: as data, to be compared with what came; and as words.

use serde_json::Value;

/// In the order of the table's columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Query,
    Split,
    Fmt,
    Ls,
}

pub const TOOLS: [Tool; 4] = [Tool::Query, Tool::Split, Tool::Fmt, Tool::Ls];

impl Tool {
    pub fn name(self) -> &'static str {
        ["lq-query", "lq-split", "lq-fmt", "lq-ls"][self as usize]
    }
}

/// A fault, and what holds under it, tool by tool.
pub struct Row<F> {
    pub fault: F,
    pub cells: [Cell; 4],
}

/// What holds, or why the fault does not concern the tool.
pub enum Cell {
    Holds(Ends),
    DoesNotApply(&'static str),
}

impl From<Ends> for Cell {
    fn from(ends: Ends) -> Self {
        Cell::Holds(ends)
    }
}

impl From<&'static str> for Cell {
    fn from(because: &'static str) -> Self {
        Cell::DoesNotApply(because)
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// As a shell has it: 128 and its number where a signal ended it.
    status: i32,
    out: Out,
    dir: Dir,
    job: Option<Job>,
    says: &'static str,
    and: &'static str,
}

/// What is on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    /// Of no interest: nobody reads it, or it carries nothing.
    Any,
    /// All that was wanted, and no line that says it broke.
    Whole,
    /// Its last line says that it broke.
    Failed,
    /// It ends, and does not say that it broke.
    Cut,
}

/// What is in the folder that lq-split writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dir {
    Any,
    /// All files, whole, under their names.
    Named,
    /// Unfinished files alone, and at least one.
    Parts,
    /// Nothing.
    Empty,
}

/// What becomes of the server's job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    Cancelled,
    RunsOn,
}

/// What came of a run.
#[derive(Debug)]
pub struct Came {
    pub status: i32,
    pub out: String,
    pub err: String,
    /// The files in the folder that lq-split writes to, each with the number of its lines.
    pub dir: Vec<(String, usize)>,
    /// So many entries make it whole.
    pub wanted: usize,
    /// `None` where no job was begun.
    pub job: Option<Job>,
}

pub fn row<F>(
    fault: F,
    query: impl Into<Cell>,
    split: impl Into<Cell>,
    fmt: impl Into<Cell>,
    ls: impl Into<Cell>,
) -> Row<F> {
    Row { fault, cells: [query.into(), split.into(), fmt.into(), ls.into()] }
}

/// A run that ends with this status.
pub fn ends(status: i32) -> Ends {
    Ends { status, out: Out::Any, dir: Dir::Any, job: None, says: "", and: "" }
}

impl Ends {
    pub fn whole(self) -> Self {
        Ends { out: Out::Whole, ..self }
    }

    pub fn failed(self) -> Self {
        Ends { out: Out::Failed, ..self }
    }

    pub fn cut(self) -> Self {
        Ends { out: Out::Cut, ..self }
    }

    pub fn named(self) -> Self {
        Ends { dir: Dir::Named, ..self }
    }

    pub fn parts(self) -> Self {
        Ends { dir: Dir::Parts, ..self }
    }

    pub fn empty(self) -> Self {
        Ends { dir: Dir::Empty, ..self }
    }

    pub fn cancelled(self) -> Self {
        Ends { job: Some(Job::Cancelled), ..self }
    }

    pub fn runs_on(self) -> Self {
        Ends { job: Some(Job::RunsOn), ..self }
    }

    /// What standard error says.
    pub fn says(self, says: &'static str) -> Self {
        Ends { says, ..self }
    }

    /// What the page says beside it.
    pub fn and(self, and: &'static str) -> Self {
        Ends { and, ..self }
    }

    /// Compares with what came; gives what is not as promised.
    pub fn broken(&self, tool: Tool, came: &Came) -> Option<String> {
        let lines: Vec<&str> = came.out.lines().collect();
        let is_control = |line: &&&str| serde_json::from_str(line).is_ok_and(|it: Value| it.get("lq").is_some());
        let has_failed = lines.last().is_some_and(|line| line.starts_with(r#"{"lq":{"failed":""#));
        // lq-query is asked for seals: a whole stream has one, and no other stream does.
        let seals = lines.iter().filter(|line| line.starts_with(r#"{"lq":{"end":true,"#)).count();
        let entries = lines.iter().filter(|line| !is_control(line)).count();
        let is_part = |name: &str| name.ends_with(".part");
        let written: usize = came.dir.iter().map(|(_, lines)| lines).sum();
        let what = [
            (came.status == self.status, "status"),
            (
                match self.out {
                    Out::Any => true,
                    Out::Whole => {
                        let has_its_seal = seals == usize::from(tool == Tool::Query);
                        !has_failed && has_its_seal && entries == came.wanted && came.out.ends_with('\n')
                    }
                    Out::Failed => has_failed && seals == 0 && came.out.ends_with('\n'),
                    Out::Cut => !has_failed && seals == 0,
                },
                "standard output",
            ),
            (
                match self.dir {
                    Dir::Any => true,
                    Dir::Named => written == came.wanted && !came.dir.iter().any(|(name, _)| is_part(name)),
                    Dir::Parts => !came.dir.is_empty() && came.dir.iter().all(|(name, _)| is_part(name)),
                    Dir::Empty => came.dir.is_empty(),
                },
                "the folder",
            ),
            (came.job.is_none() || came.job == self.job, "the job"),
            (came.err.contains(self.says), "standard error"),
            (!came.err.contains("panicked"), "a panic"),
        ];
        let wrong: Vec<&str> = what.iter().filter(|(is_so, _)| !is_so).map(|(_, what)| *what).collect();
        let shown = |text: &str| if text.len() > 600 { text[text.len() - 600..].to_owned() } else { text.to_owned() };
        (!wrong.is_empty()).then(|| {
            let (out, err) = (shown(&came.out), shown(&came.err));
            format!("{} not as promised: {self:?}\n{entries} of {} entries, {written} lines in {:?}, status {}, job {:?}\nout: {out}\nerr: {err}",
                wrong.join(", "), came.wanted, came.dir.len(), came.status, came.job)
        })
    }

    /// In words, as the page has it.
    pub fn words(&self) -> String {
        let status = format!("status {}", self.status);
        let out = match self.out {
            Out::Any => "",
            Out::Whole => "the output is whole",
            Out::Failed => "the last line says so",
            Out::Cut => "the output just ends",
        };
        let dir = match self.dir {
            Dir::Any => "",
            Dir::Named => "files are whole, under their names",
            Dir::Parts => "files stay .part",
            Dir::Empty => "no files",
        };
        let job = match self.job {
            None => "",
            Some(Job::Cancelled) => "the job in BigQuery is cancelled",
            Some(Job::RunsOn) => "the job in BigQuery may run on",
        };
        let all = [status.as_str(), out, dir, job, self.and];
        all.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
    }
}
