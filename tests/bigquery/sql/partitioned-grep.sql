-- -g 'timeout|refused' -g 'in \d+ ms'
-- The rest is decided on each row.
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
      NULLIF(TO_JSON_STRING(jsonPayload), 'null') AS jsonPayload
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
      CAST(NULL AS STRING) AS jsonPayload
    FROM `acme-logs`.`gke`.`stderr`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND resource.labels.container_name IS NOT NULL
  ),
  entries AS (
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
    FROM found
  )
SELECT timestamp, severity, insertId, cluster, namespace, pod, container, stream, textPayload, jsonPayload
FROM entries
WHERE (
    REGEXP_CONTAINS(COALESCE(NULLIF(jsonPayload, '{}'), REGEXP_REPLACE(textPayload, r'\n$', ''), ''), 'timeout|refused')
    OR REGEXP_CONTAINS(COALESCE(NULLIF(jsonPayload, '{}'), REGEXP_REPLACE(textPayload, r'\n$', ''), ''), r'in \p{Nd}+ ms')
    OR REGEXP_CONTAINS(jsonPayload, r'[0-9]e[-+]?[0-9]|[0-9]\.0\b|[0-9.]{16}')
  );
