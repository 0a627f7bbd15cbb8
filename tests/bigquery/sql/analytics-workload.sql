-- deploy/web
WITH
  found AS (
    SELECT
      timestamp,
      severity,
      insert_id AS insertId,
      JSON_VALUE(resource.labels, '$.cluster_name') AS cluster,
      JSON_VALUE(resource.labels, '$.namespace_name') AS namespace,
      JSON_VALUE(resource.labels, '$.pod_name') AS pod,
      JSON_VALUE(resource.labels, '$.container_name') AS container,
      REGEXP_REPLACE(log_name, '^.*?/logs/', '') AS stream,
      text_payload AS textPayload,
      NULLIF(TO_JSON_STRING(json_payload), 'null') AS jsonPayload
    FROM `acme-logs`.`gke`.`_AllLogs`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND resource.type = 'k8s_container'
      AND (REGEXP_REPLACE(log_name, '^.*?/logs/', '') IN ('stdout', 'stderr') OR log_name IS NULL)
      AND REGEXP_CONTAINS(JSON_VALUE(resource.labels, '$.pod_name'), '^(?:web-(?:[4-9bcdf]{6,10}|[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{5,9}|[0-9]{1}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{2,8}|[0-9]{2}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{1,7}|[0-9]{3}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,6}|[0-9]{4}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,5}|[0-9]{5}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,4}|[0-9]{6}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,3}|[0-9]{7}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,2}|[0-9]{8}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,1}|[0-9]{9}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,0})-(?:[b-df-hj-np-tv-xz24-9]{5}|[0-9]{0}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{2,4}|[0-9]{1}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{1,3}|[0-9]{2}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,2}|[0-9]{3}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,1}|[0-9]{4}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,0}))$')
  )
-- Without members that are NULL or empty.
SELECT
  timestamp,
  severity,
  insertId,
  cluster,
  namespace,
  pod,
  container,
  stream,
  textPayload,
  REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(jsonPayload,
        r',(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+|("(?:[^"\\]|\\.)*")',
        r'\1\2\3\4'),
        r',(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+|("(?:[^"\\]|\\.)*")',
        r'\1\2\3\4'),
        r',(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+|("(?:[^"\\]|\\.)*")',
        r'\1\2\3\4') AS jsonPayload
FROM found;
