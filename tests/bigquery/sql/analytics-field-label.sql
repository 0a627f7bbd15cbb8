-- --field 'labels."k8s-pod/app"=db'
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
      AND COALESCE(JSON_VALUE(labels, '$."k8s-pod/app"'), JSON_VALUE(labels, '$.k8s_pod_app')) = 'db'
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
