-- --with node
WITH
  found AS (
    SELECT
      timestamp,
      severity,
      insertId,
      resource.labels.cluster_name AS cluster,
      resource.labels.namespace_name AS namespace,
      resource.labels.pod_name AS pod,
      resource.labels.container_name AS container,
      'stdout' AS stream,
      textPayload,
      NULLIF(TO_JSON_STRING(jsonPayload), 'null') AS jsonPayload,
      IF(labels.`compute_googleapis_com_resource_name` IS NULL, NULL, TO_JSON_STRING(STRUCT(labels.`compute_googleapis_com_resource_name` AS `compute_googleapis_com_resource_name`))) AS labels
    FROM `acme-logs`.`gke`.`stdout`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND resource.labels.container_name IS NOT NULL
    UNION ALL
    SELECT
      timestamp,
      severity,
      insertId,
      resource.labels.cluster_name AS cluster,
      resource.labels.namespace_name AS namespace,
      resource.labels.pod_name AS pod,
      resource.labels.container_name AS container,
      'stderr' AS stream,
      textPayload,
      CAST(NULL AS STRING) AS jsonPayload,
      IF(labels.`compute_googleapis_com_resource_name` IS NULL, NULL, TO_JSON_STRING(STRUCT(labels.`compute_googleapis_com_resource_name` AS `compute_googleapis_com_resource_name`))) AS labels
    FROM `acme-logs`.`gke`.`stderr`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND resource.labels.container_name IS NOT NULL
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
