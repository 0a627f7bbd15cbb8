//! The manual of `lq-fmt`.

use crate::complete;
use crate::manual::Manual;

pub(crate) const MANUAL: Manual = Manual {
    short: "\
Examples:
  lq-query web -n shop --since 1h | lq-fmt           # to read, in colour
  kubectl logs -f deploy/web | lq-fmt -s warning     # live
  lq-query web | lq-fmt --template '{time} {pod} {payload.user_id} {message}'

  -s SEVERITY      at least so grave, by the program's own word
  -g REGEX         lines with it; -e REGEX: without it; -F: texts; -i: any case
  --field COND     a member: payload.user_id=42, 'payload.status>=500'
  -H REGEX         mark it
  -o FORM          text, tsv, logfmt, raw, cri, kubectl, entry (JSON), logentry
  --template X     your own layout; also {severity} {container} {label.NAME} ...
  -t               kubectl's stamp in front of each line, for -o raw and kubectl
  --tz ZONE        show times there: Asia/Tokyo, +09:00; --utc
  --color never    or always; --paging never, always
  -q               only errors

lq-fmt --help tells all, as does man lq-fmt; man lq tells the idea.",
    description: &[
        "Reads entries (lq-entry(5)), what gcloud, bq and stern write, structured logs and plain lines, and writes \
         lines for people: local time, severity, Pod, container, message, and behind it the rest of a structured \
         payload as key=value. Further lines of a message are indented under it. The severity is the program's own \
         where its payload has one: the agent calls all of stderr ERROR.",
        "On a terminal times are short, colours tell Pods and severities apart, containers are named, of all Pods, \
         once a Pod was seen to have more than one, and FILEs go through a pager. Output is handed on whenever the input is dry, so that \
         kubectl logs -f ... | lq-fmt is live. Files are shown one after another; lq-query sorts.",
        "Control characters and escape sequences of logs never reach a terminal. With -o text, tsv, logfmt and logentry they \
         are made harmless wherever the output goes: spelt as in JSON, and so is what turns the direction of a text or \
         is shown as nothing. Colours are left out.",
        "What is broken JSON or longer than --max-line is shown as it stands, told on standard error, and status 3, as is \
         input that is cut off or says itself that it broke. With -o entry and logentry the last line then says so too, \
         for tools behind: {\"lq\":{\"failed\":\"why\"}}.",
    ],
    examples: &[
        ("To read:", "lq-query web -n shop --since 1h | lq-fmt"),
        ("Any log, live or not:", "printf '{\"level\":\"warn\",\"msg\":\"slow\",\"ms\":9007199254740993}\\n' | lq-fmt"),
        ("Errors by the program's own word:", "lq-query api --since 1d | lq-fmt -s error | head -n 5"),
        ("What was found, marked:", "lq-query agent --since 2h | lq-fmt -g 'check:(ntp|io)' -H '[0-9]+'"),
        (
            "Your own columns, for people or for awk:",
            "lq-query web --since 1h | lq-fmt --template '{time} {pod:30} {payload.user_id} {message}'",
        ),
        ("Lines of each Pod:", "lq-query agent --since 1h | lq-fmt -o tsv | cut -f 3 | sort | uniq -c"),
        ("A file of exported logs:", "cat archive/stderr/*/*/*/*.json | lq-fmt -o raw | wc -l"),
    ],
    statuses: &["130", "2", "3", "0"],
    environment: &[
        ("LQ_COLOR, LQ_PAGING", "as --color and --paging"),
        ("NO_COLOR, CLICOLOR_FORCE", "never, or always, colour; --color displaces them"),
        ("PAGER", "the pager, instead of `less -FRX`"),
    ],
    files: &[],
    see_also: "lq-query(1), lq-split(1), lq-ls(1), lq-entry(5), lq-config(5), lq(7), less(1)",
    values: complete::of_pipes,
};
