-- --with node
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
      NULLIF(TO_JSON_STRING(json_payload), 'null') AS jsonPayload,
      IF(COALESCE(JSON_VALUE(labels, '$."compute.googleapis.com/resource_name"'), JSON_VALUE(labels, '$.compute_googleapis_com_resource_name')) IS NULL, NULL, TO_JSON_STRING(STRUCT(COALESCE(JSON_VALUE(labels, '$."compute.googleapis.com/resource_name"'), JSON_VALUE(labels, '$.compute_googleapis_com_resource_name')) AS `compute_googleapis_com_resource_name`))) AS labels
    FROM `acme-logs`.`gke`.`_AllLogs`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND resource.type = 'k8s_container'
      AND (REGEXP_REPLACE(log_name, '^.*?/logs/', '') IN ('stdout', 'stderr') OR log_name IS NULL)
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
        r'\1\2\3\4') AS jsonPayload,
  labels
FROM found;
