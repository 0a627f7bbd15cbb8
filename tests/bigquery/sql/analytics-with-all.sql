-- --with node,labels,trace,spanId,traceSampled,httpRequest,operation,sourceLocation,receiveTimestamp,logName,resource
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
      NULLIF(TO_JSON_STRING(labels), 'null') AS labels,
      trace,
      span_id AS spanId,
      NULLIF(TO_JSON_STRING(trace_sampled), 'null') AS traceSampled,
      IF(http_request IS NULL, NULL, TO_JSON_STRING(STRUCT(http_request.`request_method` AS `requestMethod`, http_request.`request_url` AS `requestUrl`, http_request.`status` AS `status`))) AS httpRequest,
      NULLIF(TO_JSON_STRING(operation), 'null') AS operation,
      NULLIF(TO_JSON_STRING(source_location), 'null') AS sourceLocation,
      FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%E6SZ', receive_timestamp, 'UTC') AS receiveTimestamp,
      log_name AS logName,
      NULLIF(TO_JSON_STRING(resource), 'null') AS resource
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
  labels,
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
