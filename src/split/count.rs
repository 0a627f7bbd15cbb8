//! How many entries came of which Pod, and how many ought to: what the seals of the input say
//! ([`Seal`]). Several streams may stand one after another; what they count adds up.

use std::hash::BuildHasher;
use std::path::Path;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::entry::seal::Seal;
use crate::size::{self, plural};
use crate::tool::Notes;

use super::manifest::Query;
use super::plan::Plan;
use super::receipt;

/// A Pod, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pod(u32);

pub(crate) struct Count {
    notes: Notes,
    /// Seals are demanded.
    is_strict: bool,
    /// The queries are wanted.
    is_listed: bool,
    all: Numbers,
    pods: Vec<(Box<str>, Numbers)>,
    by_name: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// Seals that came, and those that came before this input.
    seals: u64,
    seals_before: u64,
    /// Seals that cannot be understood.
    damaged: u64,
    /// Inputs without a seal, and the first of them.
    unsealed: u64,
    first_unsealed: String,
    /// What was asked for, as the seals say it.
    pub queries: Vec<Query>,
}

/// Of entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Numbers {
    came: u64,
    sealed: u64,
}

impl Numbers {
    fn agree(self) -> bool {
        self.came == self.sealed
    }

    /// `3 of 5 entries came, 2 are missing`
    fn say(self) -> String {
        let Numbers { came, sealed } = self;
        let of = plural(sealed, "entry");
        let came_of = size::count(came);
        match sealed.checked_sub(came) {
            Some(missing) => format!("{came_of} of {of} came, {} missing", size::count(missing)),
            None => format!("{} came for {of}, {} too many", plural(came, "entry"), size::count(came - sealed)),
        }
    }
}

/// So many Pods are named.
const FEW: usize = 5;

/// Names come from logs, and those that Kubernetes gives are shorter.
const LONGEST_NAME: usize = 300;

impl Count {
    pub(crate) fn new(plan: &Plan, notes: Notes) -> Self {
        Count {
            notes,
            is_strict: plan.sealed,
            is_listed: plan.manifest,
            all: Numbers::default(),
            pods: Vec::new(),
            by_name: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            seals: 0,
            seals_before: 0,
            damaged: 0,
            unsealed: 0,
            first_unsealed: String::new(),
            queries: Vec::new(),
        }
    }

    /// The number of the Pod with this [name](crate::entry::seal::pod_name).
    pub(crate) fn pod(&mut self, name: &str) -> Pod {
        let (hasher, pods) = (&self.hasher, &self.pods);
        let known = |at: &u32| &*pods[*at as usize].0;
        match self.by_name.entry(hasher.hash_one(name), |at| known(at) == name, |at| hasher.hash_one(known(at))) {
            Entry::Occupied(found) => Pod(*found.get()),
            Entry::Vacant(new) => {
                let at = pods.len() as u32;
                new.insert(at);
                self.pods.push((name.into(), Numbers::default()));
                Pod(at)
            }
        }
    }

    pub(crate) fn name(&self, pod: Pod) -> &str {
        &self.pods[pod.0 as usize].0
    }

    /// How many Pods there are.
    pub(crate) fn pods(&self) -> usize {
        self.pods.len()
    }

    /// Takes an entry, of this Pod or of none.
    pub(crate) fn entry(&mut self, pod: Option<Pod>) {
        self.all.came += 1;
        if let Some(Pod(at)) = pod {
            self.pods[at as usize].1.came += 1;
        }
    }

    /// Entries that came.
    pub(crate) fn came(&self) -> u64 {
        self.all.came
    }

    /// Takes a line that ends a stream, of this input.
    pub(crate) fn line(&mut self, line: &[u8], input: &Path, number: u64) {
        let Some(seal) = Seal::read(line) else {
            self.damaged += 1;
            if self.damaged == 1 {
                let input = receipt::name(input);
                let text = format!("{input}, line {number}: a seal that cannot be understood; it counts as none");
                if self.is_strict { self.notes.error(text) } else { self.notes.say(text) }
            }
            return;
        };
        self.seals += 1;
        // What is counted up to the end of numbers never agrees with what came.
        self.all.sealed = self.all.sealed.saturating_add(seal.entries);
        for (name, entries) in &seal.pods {
            let Pod(at) = self.pod(name);
            let numbers = &mut self.pods[at as usize].1;
            numbers.sealed = numbers.sealed.saturating_add(*entries);
        }
        if self.is_listed {
            self.queries.push(Query::from(seal));
        }
    }

    /// The input was read to its end.
    pub(crate) fn end_input(&mut self, input: &Path) {
        if self.seals == self.seals_before {
            self.unsealed += 1;
            if self.unsealed == 1 {
                self.first_unsealed = receipt::name(input);
            }
        }
        self.seals_before = self.seals;
    }

    /// True where every input has its seal, and all came that the seals count, of each Pod and in all, and
    /// nothing else.
    pub(crate) fn is_sealed(&self) -> bool {
        let agree = self.all.agree() && self.pods.iter().all(|(_, numbers)| numbers.agree());
        agree && self.seals > 0 && self.unsealed == 0 && self.damaged == 0
    }

    /// What does not agree: Pods by name, and at the end the entries without one.
    fn differing(&self) -> Vec<(&str, Numbers)> {
        let differing = self.pods.iter().filter(|(_, numbers)| !numbers.agree());
        let mut differing: Vec<_> = differing.map(|(name, numbers)| (&**name, *numbers)).collect();
        differing.sort_unstable_by_key(|(name, _)| *name);
        let none = self.podless();
        differing.extend((!none.agree()).then_some(("entries that name no Pod", none)));
        differing
    }

    fn podless(&self) -> Numbers {
        self.pods.iter().fold(self.all, |rest, (_, numbers)| Numbers {
            came: rest.came.saturating_sub(numbers.came),
            sealed: rest.sealed.saturating_sub(numbers.sealed),
        })
    }

    /// Says why the input is not [sealed](Self::is_sealed). `cut_lines`: lines were too long to be read.
    pub(crate) fn accuse(&self, cut_lines: bool) {
        let notes = &self.notes;
        if self.unsealed > 0 {
            let first = &self.first_unsealed;
            let lack = match self.unsealed - 1 {
                0 => format!("{first} has no seal"),
                more => format!("{first} and {} have no seal", plural(more, "more input")),
            };
            let remedy = match cut_lines {
                true => "it may be among the lines over --max-line; raise that",
                false => "lq-query --seal ends a whole stream with one",
            };
            notes.error(format!("--sealed: {lack}; {remedy}"));
        }
        if self.seals == 0 {
            return;
        }
        let differing = self.differing();
        if !differing.is_empty() {
            let all = self.all.say();
            notes.error(format!("--sealed: {all}; see that nothing filters on the way, and run it again"));
        }
        for (name, numbers) in differing.iter().take(FEW) {
            notes.error(format!("{}: {}", &name[..name.floor_char_boundary(LONGEST_NAME)], numbers.say()));
        }
        if differing.len() > FEW {
            notes.error(format!("and {} more", size::count((differing.len() - FEW) as u64)));
        }
    }

    /// Where nobody demands that all came: says that they did not.
    pub(crate) fn remark(&self) {
        if self.seals == 0 {
            return;
        }
        let notes = &self.notes;
        let missing = |(_, Numbers { came, sealed }): &(&str, Numbers)| sealed.saturating_sub(*came);
        let surplus = |(_, Numbers { came, sealed }): &(&str, Numbers)| came.saturating_sub(*sealed);
        let differing = self.differing();
        let sum = |of: &dyn Fn(&(&str, Numbers)) -> u64| differing.iter().map(of).fold(0, u64::saturating_add);
        let (missing, surplus) = (sum(&missing), sum(&surplus));
        let of = plural(self.all.sealed, "entry");
        if missing > 0 {
            notes.say(format!("{} of {of} were filtered out on the way, says the seal", size::count(missing)));
        }
        if surplus > 0 {
            notes.say(format!("{} more than the {of} of the seal came", plural(surplus, "entry")));
        }
    }
}
