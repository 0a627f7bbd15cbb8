//! The manual of `lq-split`.

use crate::manual::Manual;

pub(crate) const MANUAL: Manual = Manual {
    short: "\
Examples:
  lq-query agent --ago 1d | lq-split --dir ./logs    # a file for each container
  lq-query --since 2h | lq-split --name '{namespace}/{pod}.log' --compress gz
  stern -o json web | lq-split --append --dir live   # as lines come

  --dir DIR        the folder for the files, made where it is missing [.]
  --name TEMPLATE  how files are called [{pod}_{namespace}_{container}.log]
                   also {cluster} {stream} {severity} {date} {hour} {label.X}
  -o FORM          raw, text, tsv, logfmt, cri, kubectl, entry, logentry
  -t               kubectl's stamp in front of each line, for -o raw and kubectl
  --compress gz    or zst
  --append         add to the files, at once; without it old ones are replaced
  --no-clobber     refuse to replace files
  --print          the paths of the finished files; --tee: the entries once more
  -q               only errors

What has its name is whole; until then it is NAME.part, which tail -f follows.
lq-split --help tells all, as does man lq-split; man lq tells the idea.",
    description: &[
        "Reads entries (lq-entry(5)), and what gcloud, bq or stern write, and writes what each container wrote into a \
         file of its own: the text, a line each, in the order in which it came.",
        "A file appears under its name when all of it is there, and replaces an older one then; until then it is \
         NAME.part, which tail -f can follow. Where the input breaks, a write fails or a signal comes, the .part \
         files stay and are listed. The first Ctrl-C reads on to the end of the input, the second stops. With \
         --append lines go to the files themselves, as they come.",
        "A name never leaves DIR, whatever a log says: in the values of the fields everything but A-Za-z0-9.- is \
         percent-encoded, a leading dot too, an absent value is `-`, and names over 255 bytes end in a hash behind \
         `~`. So do names that a template without clear separators would give to two Pods. Entries of more than \
         one cluster go under CLUSTER/; with --append the template must say {cluster} for that, else one run appends the \
         entries of the cluster that came first.",
        "Nothing is dropped: lines that name no Pod, broken ones and those over --max-line go to _rest.log. They \
         stand there as they came, but that in a line up to --max-line U+FFFD stands for what is not UTF-8, and that \
         JSON over several lines is put on one.",
    ],
    examples: &[
        ("One file per Pod and container:", "lq-query agent --ago 1d | lq-split --dir ./logs"),
        (
            "A folder for each namespace, a compressed file for each Pod:",
            "lq-query --since 2h | lq-split --dir all --name '{namespace}/{pod}.log' --compress gz",
        ),
        ("By day, with times in front:", "lq-query web --since 1d | lq-split --dir days --name '{date}/{pod}.log' -t"),
        ("The files, for another command:", "wc -l $(lq-query agent --ago 1d | lq-split --dir ./logs --print)"),
        ("Files and a count at once:", "lq-query agent --ago 1d | lq-split --dir ./logs --tee | wc -l"),
    ],
    statuses: &["130", "2", "3", "0"],
    environment: &[("LQ_DIR", "the folder, as --dir")],
    files: &[("DIR/NAME.part", "a file that is not complete, or not yet"), ("DIR/_rest.log", "lines that name no Pod")],
    see_also: "lq-query(1), lq-fmt(1), lq-ls(1), lq-entry(5), lq-config(5), lq(7)",
};
