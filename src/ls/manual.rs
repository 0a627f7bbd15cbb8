//! The manual of `lq-ls`.

use crate::complete;
use crate::manual::Manual;

pub(crate) const MANUAL: Manual = Manual {
    short: "\
Examples:
  lq-ls pods agent                  # what is known already: instant, free
  lq-ls pods agent --since 30d      # asks the source; the price is told first
  lq-ls containers -n datadog       # also: namespaces, clusters

  cache           no names, but what lq-query keeps of earlier runs on disk
  WORKLOAD        a container, or deploy/x sts/x ds/x job/x cj/x pod/x
  --pod REGEX     Pods, gone ones too; -n NAMESPACE, --cluster NAME
  --since T       ask for T on: 2h, yesterday, '2026-05-01 10:00'; --until T
  -d N, --ago 1d  as in lq-query, and so are --at, --around and -r WIDTH
  --dry-run       what it would read and cost; --max-bytes SIZE bounds the price
  -o json         one object a line
  --source X      bq://PROJECT/DATASET or a folder; else LQ_SOURCE, config.toml
  -q              only errors

lq-ls --help tells all, as does man lq-ls; man lq tells the idea.",
    description: &[
        "Lists the Pods, containers, namespaces or clusters whose logs a source holds, also those that are long gone, \
         with the number of their entries and the times of the first and the last one. They are selected as by \
         lq-query(1).",
        "Without a time the list is what is known already, from the name index: every run of lq-query and lq-ls \
         remembers the names that it saw. That is instant and free, reads nothing of the source, and knows only what \
         some run has seen; beyond 20,000 containers of Pods it forgets what was not seen for longest. Entries are \
         then at least so many: those that two runs may both have seen count once.",
        "With a time (--since, --until, --at, --around, --range, --ago, --day, as in lq-query) the source itself is \
         asked, and the index fed. An archive is scanned, and twins count once. Of BigQuery only the columns of names \
         and time are read, a small part of a table: the price is told before anything is billed, --max-bytes \
         bounds it, and --dry-run tells it alone. Entries are then rows, twins included.",
        "Names that cannot be kept in the index, as the folder is not this user's alone, are listed all the same; a \
         note says why they will not be known later. Those that Kubernetes cannot have, longer than 253 bytes, are \
         listed with a time only.",
        "Those Pods come first that wrote last, as with ls -t; all else comes by name. The table is for people: on a \
         terminal ENTRIES are rounded, and where it is narrow times become ages and the names of containers \
         their number; where it is narrower still, what all have in common and what is counted is left out. Elsewhere all is whole, and no field has a blank in it.",
        "lq-ls cache lists no names, but the slices that lq-query(1) keeps of BigQuery, so that a second look at them is \
         free; those come first that were used last. For each it tells source, window, entries (rows, twins included), \
         the bytes on disk, when it was used last, and what was selected; with -o json also the columns, and the \
         tables with the state in which they must still be. --source narrows the list to one; on a terminal that is too narrow, one that all \
         are of is told below the list alone. Slices of other versions of lq are not listed, and stay until their room \
         is needed. How many there are, \
         how much they take and may take (see cache-size in lq-config(5)), and where, goes to standard error. The \
         folder may be removed at any time: rm -r ~/.cache/lq.",
        "With -o json each line is an object: cluster, namespace, pod, container (of these, what the line is about), \
         namespaces and pods (how many), containers (which), first and last (RFC 3339 in UTC; first is what --since \
         takes) and entries. What the source does not say is absent. A list that is not \
         whole ends as a stream of lq-query does, unless on a terminal, with {\"lq\":{\"failed\":\"why\"}}: after a \
         file that was lost, a malformed line, a signal, a refusal.",
    ],
    examples: &[
        ("Which Pods wrote in the last day, also those that are gone:", "lq-ls pods agent --since 1d"),
        ("What is known of a namespace's containers:", "lq-ls containers -n datadog"),
        ("All namespaces seen so far:", "lq-ls namespaces"),
        ("What lq-query keeps on disk:", "lq-ls cache --empty-ok"),
        ("What it would cost to look at a month:", "lq-ls pods --since 30d --dry-run"),
        (
            "The names of the Pods that one workload had:",
            "lq-ls pods deploy/web --since 1d -o json | jq -r .pod | sort",
        ),
    ],
    statuses: &["130", "2", "4", "3", "1", "0"],
    environment: &[
        ("LQ_SOURCE", "the source, as --source"),
        ("LQ_CLUSTER, LQ_NAMESPACE", "as --cluster and --namespace, which displace them; -A displaces the latter"),
        ("LQ_MEMORY", "as --memory"),
        (
            "LQ_BILLING_PROJECT, LQ_LOCATION, LQ_MAX_BYTES, LQ_PRICING",
            "as in lq-query(1), with all that BigQuery needs",
        ),
        ("LQ_CACHE_SIZE", "what slices may take, told by lq-ls cache"),
        ("XDG_CACHE_HOME", "where lq/ holds the slices, instead of ~/.cache"),
        ("XDG_STATE_HOME", "where lq/ holds the name index, instead of ~/.local/state"),
    ],
    files: &[
        ("~/.cache/lq/slice-*", "the slices that lq-query keeps"),
        ("~/.local/state/lq/names-*.jsonl", "the name index, a file for each source"),
    ],
    see_also: "lq-query(1), lq-split(1), lq-fmt(1), lq-config(5), lq(7)",
    values: complete::of_questions,
};
