//! What each flag selects: one case a line, as data, so that the same table can be put to every
//! source that claims to select alike.

/// A name, the flags of `lq-query` as typed in a shell, an entry, and whether it is selected.
pub(crate) type Case = (&'static str, &'static str, &'static str, bool);

/// A line of text from a Deployment's Pod.
const WEB: &str = r#"{"timestamp":"2026-11-21T07:00:00.123456Z","severity":"INFO","cluster":"prod-tokyo","namespace":"shop","pod":"web-6d4b75cb6d-x2x4z","container":"web","stream":"stdout","message":"GET /cart \"fast\" in 12 ms\nReferer: /Home","insertId":"a1"}"#;

/// A structured log, which the agent calls ERROR because it came on stderr.
const API: &str = r#"{"timestamp":"2026-11-21T07:00:01Z","severity":"ERROR","cluster":"prod-tokyo","namespace":"shop","pod":"api-5f7b4c8d9f-kq7z2","container":"api","stream":"stderr","message":"paid","payload":{"severity":"INFO","message":"paid","user_id": 9007199254740993,"amount":1.0,"ok":true,"none":null,"user":{"name":"Ada","a.b":"dot"},"tags":["x", "y"],"code":"007"},"insertId":"a2"}"#;

/// A LogEntry as the sink writes it to Cloud Storage.
const SINK: &str = r#"{"insertId":"a3","labels":{"k8s-pod/app":"db","k8s-pod/tier":"back","compute.googleapis.com/resource_name":"node-1"},"logName":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"cluster_name":"prod-osaka","namespace_name":"shop","pod_name":"db-0","container_name":"postgres"}},"severity":"WARNING","textPayload":"checkpoint complete\n","timestamp":"2026-11-21T16:00:00+09:00","httpRequest":{"status":503,"responseSize":"1234"}}"#;

/// A row of the sink's tables, its labels mangled.
const ROW: &str = r#"{"insertId":"a4","labels":{"k8s_pod_app_kubernetes_io_name":"agent"},"logName":"projects/p/logs/stderr","resource":{"type":"k8s_container","labels":{"cluster_name":"prod-tokyo","namespace_name":"datadog","pod_name":"agent-7x2kq","container_name":"agent"}},"textPayload":"café 東京","timestamp":"2026-11-21 07:00:00.5 UTC"}"#;

/// A structured log as a row of the sink's tables, its keys mangled.
const JSON_ROW: &str = r#"{"insertId":"a6","jsonPayload":{"message":"paid","userid":42,"http_status":"500"},"logName":"projects/p/logs/stdout","resource":{"type":"k8s_container","labels":{"cluster_name":"prod-tokyo","namespace_name":"shop","pod_name":"api-5f7b4c8d9f-kq7z2","container_name":"api"}},"severity":"INFO","timestamp":"2026-11-21 07:00:00.5 UTC"}"#;

/// Another log than stdout and stderr.
const AUDIT: &str = r#"{"insertId":"a5","logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity","resource":{"type":"k8s_cluster","labels":{"cluster_name":"prod-tokyo"}},"protoPayload":{"methodName":"io.k8s.core.v1.pods.delete"},"severity":"NOTICE","timestamp":"2026-11-21T07:00:00Z"}"#;

/// What stern writes: no time, no severity, no log.
const STERN: &str = r#"{"message":"hello","nodeName":"n1","namespace":"shop","podName":"web-6d4b75cb6d-x2x4z","containerName":"web","labels":{"app":"web"}}"#;

pub(crate) const CASES: &[Case] = &[
    ("nothing asked for: everything", "", WEB, true),
    ("nothing asked for: no log named", "", STERN, true),
    ("nothing asked for: other logs are not meant", "", AUDIT, false),
    // Containers.
    ("a word is a container", "web", WEB, true),
    ("a word is a whole name", "we", WEB, false),
    ("a word is no prefix of a Pod", "web-6d4b75cb6d-x2x4z", WEB, false),
    ("two words: either", "api web", WEB, true),
    ("-c is the same as a word", "-c web", WEB, true),
    ("word and -c are one group", "api -c web", WEB, true),
    ("glob: star", "'w*'", WEB, true),
    ("glob: question mark", "'w?b'", WEB, true),
    ("glob: class", "'[uvw]eb'", WEB, true),
    ("glob: anchored", "'?eb*x'", WEB, false),
    ("names are case-sensitive", "WEB", WEB, false),
    ("star matches an absent name", "--log '*' '*'", AUDIT, true),
    ("a name does not match an absent one", "--log '*' web", AUDIT, false),
    // Pods.
    ("a Deployment's Pod", "deploy/web", WEB, true),
    ("a Deployment by its long name", "deployment/web", WEB, true),
    ("a Deployment by its plural and group", "deployments.apps/web", WEB, true),
    ("another Deployment's Pod", "deploy/api", WEB, false),
    ("a StatefulSet's Pod", "sts/db", SINK, true),
    ("a DaemonSet's Pod", "ds/agent", ROW, true),
    ("a Pod by name", "pod/db-0", SINK, true),
    ("a Pod by glob", "'po/db-*'", SINK, true),
    ("a Pod's name is whole", "pod/db", SINK, false),
    ("two workloads: either", "deploy/api deploy/web", WEB, true),
    ("container and workload: both", "web deploy/web", WEB, true),
    ("container and workload: not one alone", "sidecar deploy/web", WEB, false),
    ("--pod is not anchored", "--pod 4z$", WEB, true),
    ("--pod and workload are one group", "deploy/api --pod ^web", WEB, true),
    ("--pod twice: either", "--pod ^api --pod ^web", WEB, true),
    ("--exclude-pod", "--exclude-pod x4z", WEB, false),
    ("--exclude-pod of another", "--exclude-pod ^api", WEB, true),
    ("--exclude-pod wins", "deploy/web --exclude-pod web", WEB, false),
    // Namespaces, clusters.
    ("namespace", "-n shop", WEB, true),
    ("namespace: twice", "-n other -n shop", WEB, true),
    ("namespace: another", "-n datadog", WEB, false),
    ("namespace: glob", "-n 's*p'", WEB, true),
    ("all namespaces", "-A", WEB, true),
    ("namespace and container: both", "-n shop api", WEB, false),
    ("cluster", "--cluster prod-osaka", SINK, true),
    ("cluster: glob", "--cluster 'prod-*'", SINK, true),
    ("cluster: another", "--cluster prod-tokyo", SINK, false),
    // Labels.
    ("label", "-l app=db", SINK, true),
    ("label: two equals signs", "-l app==db", SINK, true),
    ("label: with its prefix left out or not", "-l k8s-pod/app=db", SINK, true),
    ("label: another value", "-l app=web", SINK, false),
    ("label: not equal", "-l app!=web", SINK, true),
    ("label: not equal, but it is", "-l app!=db", SINK, false),
    ("label: not equal holds for an absent one", "-l color!=red", SINK, true),
    ("label: exists", "-l tier", SINK, true),
    ("label: does not exist", "-l color", SINK, false),
    ("label: must not exist", "-l '!color'", SINK, true),
    ("label: comma means and", "-l app=db,tier=front", SINK, false),
    ("label: comma means and, both hold", "-l app=db,tier=back", SINK, true),
    ("label: two flags mean or", "-l app=web -l tier=back", SINK, true),
    ("label: mangled by BigQuery", "-l app.kubernetes.io/name=agent", ROW, true),
    ("label: stern's have no prefix", "-l app=web", STERN, true),
    ("label: no labels at all", "-l app=web", WEB, false),
    // Logs.
    ("stream", "--stream stdout", WEB, true),
    ("stream: the other one", "--stream stderr", WEB, false),
    ("stream: both", "--stream stderr --stream stdout", WEB, true),
    ("stream: unknown", "--stream stdout", STERN, false),
    ("log", "--log cloudaudit.googleapis.com/activity", AUDIT, true),
    ("log: glob", "--log 'cloudaudit*'", AUDIT, true),
    ("log: names displace the default", "--log cloudaudit.googleapis.com/activity", WEB, false),
    ("log: all of them", "--log '*'", STERN, true),
    // Severity, as the record has it.
    ("severity: at least", "-s warning", SINK, true),
    ("severity: less than asked for", "-s error", SINK, false),
    ("severity: an alias, in capitals", "-s WARN", SINK, true),
    ("severity: more than asked for", "-s notice", API, true),
    ("severity: the record's, not the payload's", "-s error", API, true),
    ("severity: an absent one is DEFAULT", "-s debug", ROW, false),
    ("severity: everything is at least DEFAULT", "-s default", ROW, true),
    // Text.
    ("grep: anywhere", "-g cart", WEB, true),
    ("grep: the text, not its JSON", r#"-g '"fast"'"#, WEB, true),
    ("grep: a regular expression", "-g 'in \\d+ ms'", WEB, true),
    ("grep: case matters", "-g CART", WEB, false),
    ("grep: case ignored", "-i -g CART", WEB, true),
    ("grep: letters beyond ASCII", "-i -g CAFÉ", ROW, true),
    ("grep: a dot is one letter", "-g 'caf. 東.$'", ROW, true),
    ("grep: no trailing newline", "-g 'complete$'", SINK, true),
    ("grep: ^ is the start of the text", "-g ^Referer", WEB, false),
    ("grep: a dot is no line end", "-g 'ms.Referer'", WEB, false),
    ("grep: twice: either", "-g nothing -g cart", WEB, true),
    ("grep: --include is the same", "--include cart", WEB, true),
    ("grep: not the name of the Pod", "-g x2x4z", WEB, false),
    ("grep -F: as it is", "-F -g 'c.rt'", WEB, false),
    ("grep -F: special characters", "-F -g '/cart \"fast\"'", WEB, true),
    ("grep -F -i", "-Fi -g '/HOME'", WEB, true),
    ("grep: with a leading hyphen", "-g -x", WEB, false),
    ("grep: the whole payload", "-g user_id", API, true),
    ("grep: the payload is compact", r#"-g '"user_id":9007199254740993'"#, API, true),
    ("grep: not beside the payload", "-g a2", API, false),
    ("exclude", "-e cart", WEB, false),
    ("exclude: not found", "-e nothing", WEB, true),
    ("exclude: twice: neither", "-e nothing -e cart", WEB, false),
    ("grep and exclude: both", "-g cart -e Referer", WEB, false),
    // Fields.
    ("field: a number, unrounded", "--field payload.user_id=9007199254740993", API, true),
    ("field: its neighbour", "--field payload.user_id=9007199254740992", API, false),
    ("field: by value", "--field payload.amount=1", API, true),
    ("field: two equals signs", "--field payload.amount==1", API, true),
    ("field: a text is no number", "--field payload.code=7", API, false),
    ("field: a text", "--field payload.code=007", API, true),
    ("field: true", "--field payload.ok=true", API, true),
    ("field: deeper", "--field payload.user.name=Ada", API, true),
    ("field: quoted key", r#"--field 'payload.user."a.b"=dot'"#, API, true),
    ("field: blanks around the operator", "--field 'payload.user.name = Ada'", API, true),
    ("field: not equal", "--field payload.user.name!=Bob", API, true),
    ("field: not equal, but it is", "--field payload.amount!=1.00", API, false),
    ("field: an absent one is not unequal", "--field payload.nothing!=1", API, false),
    ("field: null is absent", "--field payload.none!=1", API, false),
    ("field: below no object", "--field payload.code.x=1", API, false),
    ("field: regex", "--field 'payload.user.name~^A'", API, true),
    ("field: regex on a number", "--field 'payload.user_id~993$'", API, true),
    ("field: not regex", "--field 'payload.user.name!~^B'", API, true),
    ("field: an absent one is not unlike", "--field 'payload.nothing!~x'", API, false),
    ("field: less", "--field 'payload.amount<1.5'", API, true),
    ("field: not less", "--field 'payload.amount<1'", API, false),
    ("field: at most", "--field 'payload.amount<=1'", API, true),
    ("field: greater, to the last digit", "--field 'payload.user_id>9007199254740992'", API, true),
    ("field: at least", "--field 'payload.user_id>=9007199254740994'", API, false),
    ("field: order of texts", "--field 'payload.user.name>Aa'", API, true),
    ("field: an object as compact JSON", r#"--field 'payload.tags=["x","y"]'"#, API, true),
    ("field: both must hold", "--field payload.ok=true --field payload.amount=2", API, false),
    ("field: a key of the entry", "--field pod~x4z", WEB, true),
    ("field: the message", "--field 'message~^GET'", WEB, true),
    ("field: the record's severity", "--field severity=ERROR", API, true),
    ("field: time by time", "--field 'timestamp=2026-11-21T07:00:00Z'", SINK, true),
    ("field: later", "--field 'timestamp>2026-11-21T16:00:00.1+09:00'", WEB, true),
    ("field: a column beside the payload", "--field 'httpRequest.status>=500'", SINK, true),
    ("field: a number that Google writes as text", "--field 'httpRequest.responseSize>999'", SINK, true),
    ("field: a label", r#"--field 'labels."k8s-pod/app"=db'"#, SINK, true),
    ("field: a label mangled by BigQuery", r#"--field 'labels."k8s-pod/app.kubernetes.io/name"~^ag'"#, ROW, true),
    ("field: a key mangled by BigQuery", "--field payload.userId=42", JSON_ROW, true),
    ("field: a key with a hyphen, mangled", "--field 'payload.http-status=500'", JSON_ROW, true),
    ("field: a key of another case, where there is no such key", "--field 'payload.user.Name=Ada'", API, true),
    ("field: the node", "--field node=node-1", SINK, true),
    ("field: no payload", "--field payload.a=1", WEB, false),
];
