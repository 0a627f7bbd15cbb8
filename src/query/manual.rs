//! The manual of `lq-query`.

use crate::complete;
use crate::manual::Manual;

pub(crate) const MANUAL: Manual = Manual {
    short: "\
Examples:
  lq-query agent --ago 1d | lq-split --dir ./logs    # that hour a day ago
  lq-query web -n shop --since 1d -s error | lq-fmt  # errors, to read
  lq-query deploy/api --around 13:10 -r 10m -o raw   # what happened then

  WORKLOAD        a container, or deploy/x sts/x ds/x job/x cj/x pod/x
  --pod REGEX     Pods, gone ones too; -n NAMESPACE, -l app=web, --cluster NAME
  --since T       from T on: 2h, 13:10, yesterday, '2026-05-01 10:00'; --until T
  --around T      half of -r WIDTH before it, half after it; --at T: behind it
  --ago 1d, -d N  now is a day ago, or is day N of the month: the hour before it
  -s SEVERITY     at least so grave; -g REGEX: lines with it, -e REGEX: without
  --field COND    a member: payload.user_id=42, 'payload.status>=500'
  --tail N        the last N of each container; --limit N: the first N of all
  -o FORM         entry (JSON), raw, text, tsv, logfmt, cri, kubectl, logentry
  --dry-run       what it would read and cost; --max-bytes SIZE bounds the price
  --source X      bq://PROJECT/DATASET or a folder; else LQ_SOURCE, config.toml
  --seal          end with a count, for lq-split --sealed; -q: only errors

lq-query --help tells all, as does man lq-query; man lq tells the idea.",
    description: &[
        "Writes the log entries of a time window to standard output: one JSON object a line, in the order of time, \
         each once. What they look like says lq-entry(5). They come from BigQuery, or from an archive of exported logs.",
        "bq://PROJECT/DATASET is a dataset that a sink of Cloud Logging writes, or a linked dataset of Log Analytics; \
         its layout is found. Each run of whole days is one query, begun when the one before it is being written. \
         BigQuery bills the columns of these days in full, whatever is selected of them: --dry-run tells bytes and \
         price, --max-bytes bounds them.",
        "Days that nothing is written to any more need no query: with --via auto they are read straight from their \
         tables, by the Storage Read API, which begins at once and costs $1.10 for each TiB (Google gives the first 300 \
         TiB of a month away; prices told here do not count that). It takes roles/bigquery.readSessionUser on the \
         project that pays. So are slices that ended an hour ago or longer, whose tables are real ones without rows in \
         BigQuery's streaming buffer, or with none that are of the slice or of a day behind it; if neither --where nor \
         --limit nor --tail is asked for, nor, beside --without payload, what has to look at whole payloads; \
         if queries do not cost you less (pricing: lq-config(5)); and if no search in the text of more than 1 GiB is \
         left to be done here: BigQuery then does all of it, and less has to travel. Everything else is asked by query, and what is large of \
         its result comes by the same API, for nothing. Both ways give the same bytes. --dry-run tells of each slice \
         which way it goes, why, and what each costs, and -v while it runs. Where the permission is missing, or gRPC \
         cannot be had, that is told once, and queries do the rest. --via query goes no other way; --via storage runs no query \
         for entries: it cuts and searches here, fails where that does not do, and says so where rows that came in the last hour may be missing. Both ways count for --max-bytes, the \
         straight one with what BigQuery expects.",
        "The rows of each query are kept, compressed and for you alone, once the last of its days ended three hours ago. A \
         second look at them, a narrower window, --limit and --tail, and a download that broke off then read them from \
         the disk and pay nothing, as the summary says. They are taken from there only while everything else is asked \
         alike, each of the tables is as it was, its columns too, and BigQuery would let you read them now (a dry run of \
         each of the queries, which is free): every run finds that out anew. --cache-size bounds what is kept: what was \
         not used for longest goes, but nothing that the run itself took or kept; with 0, and where it was lowered, the \
         next run frees the rest. lq-ls cache lists it, --refresh reads all anew, and -v tells of each slice what became \
         of it. An archive is on the disk already.",
        "To look that up costs nothing where a table is of one day. A table of all days is asked for its partitions, \
         which bills 10 MiB: where more than 100 MiB may be saved, where --max-bytes leaves room for it, and never by \
         --dry-run; its last day or two are not kept. Nothing is kept of views, of tables with rows in BigQuery's \
         streaming buffer, of what a row access policy or data masking hid something of (of what was read straight: where any is on one of its \
         tables, or BigQuery does not list them for you), and of a --where with a \
         function that may say something else next time. An entry that comes into a table of all days more than a day \
         late is seen once BigQuery has put it into its partition, which takes up to 90 minutes. Whoever makes such a \
         policy for a table of old days removes what was kept before: rm -r ~/.cache/lq.",
        "An archive is files that a \
         sink of Cloud Logging wrote to Cloud Storage, `bq extract` files, or what gcloud or lq itself wrote, plain or \
         compressed, in any tree of folders. Of a sink's tree only the files of the hours in the window are opened: an \
         entry that stands in the file of an hour outside of it is not seen.",
        "Which containers: a WORKLOAD without slash is a container's name, with a slash it names Pods by what owns \
         them. One flag used twice means either of both; different flags must all hold. Without any of them \
         everything in the window comes.",
        "Every run remembers the names that it saw. Where nothing matched, the nearest of them are told for a name \
         that is not among them, and for one that is, when it was last seen, with the command that reaches it; lq-ls(1) \
         lists them.",
        "Which time: without a flag the last hour. --ago and --day move now; --since, --until, --at and --around \
         are said relative to that now; --range is the width. A time T is a duration back (2h, 1d12h, 2w), a time \
         of day (13:10), a date with or without time (2026-05-01, '2026-05-01 10:00'), today, yesterday, fri, \
         RFC 3339, or @SECONDS. The window includes its beginning and not its end; it is shown on standard error \
         in a form that can be pasted back.",
        "For a new source, --doctor checks all that a run needs, a line on standard error for each thing: credentials, \
         network, clock, each permission by its name, the dataset, its tables, how old its newest entry is, and what a \
         typical day of it costs. Below what is missing stands the command that helps. It bills some MiB, and runs one \
         or two queries on the tables of today. A profile for the configuration file goes to standard output, if \
         nothing fails, with the settings that were typed; else the status is 2. An archive is looked at too; and without any source the datasets of the \
         project are looked through for one that a log sink writes.",
        "Standard output carries entries only; everything else goes to standard error. Where the status is 3, or a run \
         breaks off otherwise, the last line is {\"lq\":{\"failed\":\"why\",\"complete_until\":\"...\"}}, with -o entry \
         and logentry: after one malformed line too. lq-split then gives no file its final name. There is no default \
         limit.",
        "With --seal a whole stream says so as well: its last line counts its entries, by Pod, and names window, source, \
         command and price; see lq-entry(5). lq-split --sealed demands it, and so notices what nobody in a pipeline can \
         say: that lq-query was killed, or that something on the way took entries out. --limit and --tail are what was \
         asked for. Where the status is neither 0 nor 1 there is no seal. \
         Of a file in an archive that ends with its seal, and has lost lines since, that is told.",
    ],
    examples: &[
        ("The last hour of container `agent`, one file per Pod:", "lq-query agent | lq-split --dir ./logs"),
        ("The same hour yesterday:", "lq-query agent --ago 1d | lq-split --dir ./logs"),
        ("Two hours that end at this time of day on the 1st:", "lq-query agent -d 1 -r 2h --empty-ok -o raw | wc -l"),
        ("Ten minutes around a moment, to read:", "lq-query web -n shop --around 2h -r 10m --empty-ok | lq-fmt"),
        ("Which errors, and how often:", "lq-query web --since 1d -s error | jq -r .message | sort | uniq -c"),
        ("All orders of one user, ids exact:", "lq-query web --since 1d --field 'payload.user_id>0' --limit 5"),
        ("The last three lines of each Pod of a Deployment:", "lq-query deploy/api --since 1d --tail 3 -o kubectl"),
        ("All of it or nothing, with a receipt:", "lq-query agent --seal | lq-split --dir kept --sealed --manifest"),
        ("What would be read:", "lq-query agent --since 1d --dry-run"),
        ("What a source lacks, and a profile for it:", "lq-query --doctor"),
    ],
    statuses: &["130", "2", "4", "3", "1", "0"],
    environment: &[
        ("LQ_SOURCE", "the source, as --source"),
        ("LQ_CLUSTER, LQ_NAMESPACE", "as --cluster and --namespace, which displace them; -A displaces the latter"),
        ("LQ_MEMORY", "as --memory"),
        ("LQ_COLOR, NO_COLOR, CLICOLOR_FORCE", "colours of --doctor: auto, always or never; as those of lq-fmt"),
        ("LQ_BILLING_PROJECT, LQ_LOCATION, LQ_MAX_BYTES", "as --billing-project, --location and --max-bytes"),
        ("LQ_CACHE_SIZE", "as --cache-size"),
        ("LQ_VIA", "as --via"),
        ("LQ_PRICING", "`slots`, or dollars for each TiB that a query bills; 6.25 where nothing is said"),
        (
            "GOOGLE_APPLICATION_CREDENTIALS",
            "the file with the credentials; else those of gcloud, else the machine's own",
        ),
        ("CLOUDSDK_CONFIG", "where gcloud keeps its files, instead of ~/.config/gcloud"),
        (
            "GOOGLE_CLOUD_PROJECT",
            "the project that queries are billed to, without --billing-project; else the credentials' own, else the source's",
        ),
        ("GOOGLE_CLOUD_QUOTA_PROJECT", "the project whose quota requests count on"),
        ("HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE", "the way to BigQuery, and whom to trust on it"),
        ("BIGQUERY_EMULATOR_HOST", "a server that stands in for BigQuery: a URL"),
        (
            "BIGQUERY_STORAGE_EMULATOR_HOST",
            "the same for the Storage Read API, a name of lq's own; without it there is none beside such a server",
        ),
        ("XDG_CACHE_HOME", "where lq/ keeps slices and what it knows of tables, instead of ~/.cache"),
        ("XDG_STATE_HOME", "where lq/ remembers the names that were seen, instead of ~/.local/state; see lq-ls(1)"),
        ("TMPDIR", "where sorted runs go that do not fit into memory, instead of /var/tmp"),
    ],
    files: &[
        ("~/.cache/lq/slice-*", "slices that were read; see lq-ls(1); the folder may be removed at any time"),
        ("~/.cache/lq/tables-*.json", "what is known of a dataset's tables"),
        ("~/.local/state/lq/names-*.jsonl", "names that were seen, a file for each source; see lq-ls(1)"),
    ],
    see_also: "lq-split(1), lq-fmt(1), lq-ls(1), lq-entry(5), lq-config(5), lq(7)",
    values: complete::of_questions,
};
