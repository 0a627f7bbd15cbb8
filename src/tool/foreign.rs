//! Flags that people bring from other tools, and what to type here instead: where the meaning is the
//! same to the letter a flag has them as hidden aliases, here stands the rest. A short flag that means
//! different things elsewhere is not guessed.
//!
//! - kubectl logs: <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/>
//! - stern: <https://github.com/stern/stern#cli-flags>
//! - gcloud logging read: <https://cloud.google.com/sdk/gcloud/reference/logging/read>
//! - bq query: <https://cloud.google.com/bigquery/docs/reference/bq-cli-reference#bq_query>
//! - logcli: <https://grafana.com/docs/loki/latest/query/logcli/>
//! - journalctl: <https://www.freedesktop.org/software/systemd/man/latest/journalctl.html>
//! - mlr split: <https://miller.readthedocs.io/en/latest/reference-verbs/#split>

/// Flags, and what to say of them.
type Row = (&'static [&'static str], &'static str);

const QUERY: &[Row] = &[
    (
        &["--previous"],
        "any Pod that ever logged is there, crashed and deleted ones too: lq-query --pod '^web-' --since 3d",
    ),
    (&["-p"], "elsewhere it means a Pod, the previous one, or a priority; write --pod REGEX or -s SEVERITY"),
    (
        &["-f", "--follow", "--no-follow"],
        "lq-query reads what is stored, and ends; for live logs: kubectl logs -f ... | lq-fmt, or stern -o json ... | lq-split --append",
    ),
    (&["--context", "--kubeconfig", "--kube-context"], "the cluster is named as the logs name it: --cluster NAME"),
    (
        &["--all-containers", "--all-pods", "--init-containers", "--ephemeral-containers", "--ignore-errors"],
        "all containers come where none is named; leave it out",
    ),
    (
        &["--container-state", "--condition", "--only-condition-pods", "--pod-running-timeout"],
        "logs do not tell the state of their Pods; leave it out",
    ),
    (&["--max-log-requests"], "there is no such limit; leave it out"),
    (&["--prefix"], "write -o kubectl"),
    (&["--limit-bytes"], "write --limit N, or lq-query ... | head -c SIZE"),
    (&["--exclude-container"], "write --field 'container!=istio-proxy'"),
    (&["-E"], "elsewhere it leaves a container out, or makes a regex; write --field 'container!=NAME', or -g REGEX"),
    (&["--field-selector", "--node"], "write --field node=NAME"),
    (&["-T", "--template", "--template-file"], "write lq-query ... | lq-fmt --template '{pod} {message}'"),
    (&["--prompt", "--stdin"], "write --source - to read standard input"),
    (&["--format"], "write -o FORM: entry (JSON), raw, text, tsv, logfmt, cri, kubectl, logentry"),
    (
        &["--order", "--forward", "--reverse"],
        "entries come in the order of time; for the last ones first: -o raw | tac",
    ),
    (&["--filter"], "write -g REGEX, --field payload.user_id=42, or --where SQL"),
    (
        &["--project", "--project_id", "--dataset", "--bucket", "--view", "--addr"],
        "write --source bq://PROJECT/DATASET",
    ),
    (&["--estimate", "--stats"], "write --dry-run"),
    (&["--lines", "--max_rows"], "write --tail N, for each container, or --limit N"),
    (&["--unit", "-u"], "write the container's name without a flag, or --pod REGEX"),
    (&["--priority"], "write -s SEVERITY"),
    (&["-S"], "write --since T"),
    (&["-U"], "write --until T"),
    (
        &["-B", "-C", "--before-context", "--after-context", "--lines-before", "--lines-after", "--lines-around"],
        "for what was logged around a line: --around T -r 1m; or grep -C 3 in the files of lq-split",
    ),
    (&["--invert-match"], "write -e REGEX"),
    (&["--regexp"], "write -g REGEX"),
    (&["--no-pager"], "lq-query never pages; leave it out"),
];

const FMT: &[Row] = &[
    (&["-f", "--follow"], "lines are shown as they come: kubectl logs -f ... | lq-fmt"),
    (&["-T", "--template-file"], "write --template \"$(cat FILE)\""),
    (&["--format"], "write -o FORM, or --template '{time} {pod} {message}'"),
    (&["--no-pager"], "write --paging never"),
    (&["--no-color", "--no-colour"], "write --color never"),
    (&["-l"], "elsewhere it means labels, or a level; write -s SEVERITY"),
    (&["--prefix"], "write -o kubectl"),
    (&["--local", "-L"], "times are local where neither --tz nor --utc says otherwise; leave it out"),
    (&["-Z"], "write --tz ZONE"),
    (&["--stdin"], "standard input is read where no FILE is named; leave it out"),
];

const SPLIT: &[Row] = &[
    (&["-f", "--follow"], "write --append: lines go to the files as they come"),
    (&["--folder"], "write --dir DIR"),
    (&["--suffix", "--prefix", "--layout"], "write --name TEMPLATE: '{pod}_{container}.log'"),
    (&["--group-by", "-g"], "write --name TEMPLATE: '{namespace}/{pod}.log'"),
    (&["--overwrite", "--force"], "files are replaced where --no-clobber does not forbid it; leave it out"),
    (&["--gzip", "-z"], "write --compress gz"),
    (&["--zstd"], "write --compress zst"),
    (&["-a"], "write --append"),
    (&["--format"], "write -o FORM"),
    (&["--stdin"], "standard input is read where no FILE is named; leave it out"),
];

const LS: &[Row] = &[
    (&["-w", "--watch", "-f", "--follow"], "lq-ls lists what was logged, and ends; for live Pods: kubectl get pods -w"),
    (&["--context", "--kubeconfig", "--kube-context"], "the cluster is named as the logs name it: --cluster NAME"),
    (&["--previous"], "Pods that are gone are listed too: lq-ls pods --since 3d"),
    (&["-p"], "elsewhere it means a Pod, the previous one, or a priority; write --pod REGEX"),
    (&["--sort-by"], "write lq-ls ... | sort -k COLUMN, or -o json | jq -s 'sort_by(.entries)[]'"),
    (&["--show-labels", "--label-columns"], "labels: lq-query --with labels | jq -c '[.pod, .labels]'"),
    (&["--no-headers"], "write lq-ls ... | tail -n +2, or -o json"),
    (&["--format"], "write -o json, or -o table"),
    (&["--field-selector"], "write --pod REGEX, -n NAMESPACE or --cluster NAME"),
    (&["--project", "--project_id", "--dataset", "--bucket", "--view"], "write --source bq://PROJECT/DATASET"),
    (&["--estimate"], "write --dry-run"),
];

/// Forms of output under the names that they have elsewhere.
const VALUES: &[(&str, &str)] = &[
    ("json", "entry"),
    ("jsonl", "entry"),
    ("ndjson", "entry"),
    ("extjson", "entry"),
    ("default", "text"),
    ("short", "text"),
    ("csv", "tsv"),
    ("cat", "raw"),
];

fn table(tool: &str) -> &'static [Row] {
    match tool {
        "lq-query" => QUERY,
        "lq-fmt" => FMT,
        "lq-split" => SPLIT,
        "lq-ls" => LS,
        _ => &[],
    }
}

/// What to do in `tool` instead of typing `flag`.
pub(super) fn remedy(tool: &str, flag: &str) -> Option<&'static str> {
    table(tool).iter().find(|(flags, _)| flags.contains(&flag)).map(|(_, remedy)| *remedy)
}

/// The flags that have a remedy in `tool`.
pub(super) fn flags(tool: &str) -> impl Iterator<Item = &'static str> {
    table(tool).iter().flat_map(|(flags, _)| *flags).copied()
}

/// What is called `value` elsewhere.
pub(super) fn value(value: &str) -> Option<&'static str> {
    VALUES.iter().find(|(theirs, _)| *theirs == value).map(|(_, ours)| *ours)
}
