//! The manual of `lq-split`.

use crate::complete;
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
  --sealed         only if all came that lq-query --seal counted, of each Pod
  --manifest       list the files in MANIFEST.json; --check DIR: are they so?
  --print          paths of the files; --tee: entries, too; -q: errors only

What has its name is whole; until then it is NAME.part, which tail -f follows.
lq-split --help tells all, as does man lq-split; man lq tells the idea.",
    description: &[
        "Reads entries (lq-entry(5)), and what gcloud, bq or stern write, and writes what each container wrote into a \
         file of its own: the text, a line each, in the order in which it came.",
        "A file appears under its name when all of it is there, and replaces an older one then; until then it is \
         NAME.part, which tail -f can follow. Where the input breaks or is cut off in the middle of a value, a write \
         fails or a signal comes, the .part files stay and are listed. The first Ctrl-C reads on to the end of the \
         input, the second stops. A signal that comes when the first file has its name is too late: all get theirs, \
         and the status says what it would have said. With --append lines go to the files themselves, as they come.",
        "With --append --compress an old file is unpacked once in each run, to see whether it is whole: behind half \
         a piece, as kill -9 may leave it, nothing that is appended could be read. Such a file is put right: its \
         whole pieces stay, and of the last one the whole lines that can be read. A file that is damaged before its \
         end, or not packed so, is left alone, and the run ends.",
        "A name never leaves DIR, whatever a log says: in the values of the fields everything but A-Za-z0-9.- is \
         percent-encoded, a leading dot too, an absent value is `-`, and names over 255 bytes end in a hash behind \
         `~`. So do names that a template without clear separators would give to two Pods. Names that differ in \
         case alone are two; where a file system takes them for one, status 3 says so, and with --append they share \
         it. Entries of more than \
         one cluster go under CLUSTER/; with --append the template must say {cluster} for that, else one run appends the \
         entries of the cluster that came first.",
        "Where the stream ends with the seal of lq-query --seal, the entries that came are counted against it, each \
         Pod's too: the summary says that they are all there, or how many were filtered out on the way. With --sealed \
         every input must have its seal and hold what that counts. Else the status is 3, the files stay NAME.part, and \
         the Pods that lack entries, or have too many, are named. Seals of several streams, one after another, add up; \
         a seal that cannot be understood is none. That is for pipelines in which every entry counts; a filter between \
         the two tools makes it fail, as it should.",
        "--manifest writes DIR/MANIFEST.json when all files have their names: the command, `queries` (of each seal its \
         command, window, source, entries, and what was billed), `sealed` (all of it came), `entries`, and `files`, one \
         a line: name, lines of text, and of the file as it lies on disk bytes and sha256; the times of its first and \
         last entry, and the Pod (CLUSTER/NAMESPACE/POD) where it has only one. A run that ends badly writes none, and \
         leaves an older one with the files that it lists. Where lines are broken, over --max-line, or of another \
         cluster, or anything else makes the status 3 while the files get their names, none is written, and an \
         older one is removed.",
        "--check DIR reads DIR/MANIFEST.json and every file that it lists. Status 0 means that they are what they were; \
         3 that some are missing, shorter, longer or changed, or have more or fewer lines than it says, each of which \
         is named, or that it is `sealed` and its `entries` are not those of its queries; 2 that there is no \
         manifest. What else is in the folders of the files is a note. Nothing is written, no link is followed, and nothing outside of DIR is \
         opened. A manifest has no signature: whoever can change a file can change the manifest with it. Keep what \
         `sha256sum MANIFEST.json` says in another place, or sign that.",
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
        (
            "All of it or nothing, with a receipt:",
            "lq-query agent --ago 1d --seal | lq-split --dir kept --sealed --manifest",
        ),
        ("Are the files still what they were?", "lq-split --check kept"),
        (
            "The same with sha256sum:",
            r#"(cd kept && jq -r '.files[] | "\(.sha256)  \(.name)"' MANIFEST.json | sha256sum -c)"#,
        ),
        ("Files and a count at once:", "lq-query agent --ago 1d | lq-split --dir ./logs --tee | wc -l"),
    ],
    statuses: &["130", "2", "3", "0"],
    environment: &[("LQ_DIR", "the folder, as --dir")],
    files: &[
        ("DIR/NAME.part", "a file that is not complete, or not yet"),
        ("DIR/_mended.part", "a packed file while it is put right, with --append"),
        ("DIR/_rest.log", "lines that name no Pod"),
        ("DIR/MANIFEST.json", "what the files were, with --manifest; no Pod's file is called so"),
    ],
    see_also: "lq-query(1), lq-fmt(1), lq-ls(1), lq-entry(5), lq-config(5), lq(7)",
    values: complete::of_pipes,
};
