-- --with node,labels,trace,spanId,traceSampled,httpRequest,operation,sourceLocation,receiveTimestamp,logName,resource
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
      NULLIF(TO_JSON_STRING(labels), 'null') AS labels,
      trace,
      spanId,
      NULLIF(TO_JSON_STRING(traceSampled), 'null') AS traceSampled,
      NULLIF(TO_JSON_STRING(httpRequest), 'null') AS httpRequest,
      NULLIF(TO_JSON_STRING(operation), 'null') AS operation,
      NULLIF(TO_JSON_STRING(sourceLocation), 'null') AS sourceLocation,
      FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', receiveTimestamp, 'UTC') AS receiveTimestamp,
      logName,
      NULLIF(TO_JSON_STRING(resource), 'null') AS resource
    FROM `acme-logs`.`gke`.`stdout`
    WHERE (
        (
          _PARTITIONTIME >= TIMESTAMP '2026-11-20 00:00:00.000000+00:00'
          AND _PARTITIONTIME < TIMESTAMP '2026-11-23 00:00:00.000000+00:00'
        )
        OR _PARTITIONTIME IS NULL
      )
      AND timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
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
      NULLIF(TO_JSON_STRING(labels), 'null') AS labels,
      trace,
      spanId,
      NULLIF(TO_JSON_STRING(traceSampled), 'null') AS traceSampled,
      NULLIF(TO_JSON_STRING(httpRequest), 'null') AS httpRequest,
      NULLIF(TO_JSON_STRING(operation), 'null') AS operation,
      NULLIF(TO_JSON_STRING(sourceLocation), 'null') AS sourceLocation,
      FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', receiveTimestamp, 'UTC') AS receiveTimestamp,
      logName,
      NULLIF(TO_JSON_STRING(resource), 'null') AS resource
    FROM `acme-logs`.`gke`.`stderr`
    WHERE (
        (
          _PARTITIONTIME >= TIMESTAMP '2026-11-20 00:00:00.000000+00:00'
          AND _PARTITIONTIME < TIMESTAMP '2026-11-23 00:00:00.000000+00:00'
        )
        OR _PARTITIONTIME IS NULL
      )
      AND timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
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
  REGEXP_REPLACE(labels,
        r',(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+|("(?:[^"\\]|\\.)*")',
        r'\1\2\3\4') AS labels,
  trace,
  spanId,
  traceSampled,
  httpRequest,
  operation,
  sourceLocation,
  receiveTimestamp,
  logName,
  resource
FROM found;
