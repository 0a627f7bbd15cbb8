-- --log '*' --field payload.methodName=io.k8s.delete
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
      REGEXP_REPLACE(logName, '^.*?/logs/', '') AS stream,
      textPayload,
      NULLIF(TO_JSON_STRING(`protopayload_auditlog`), 'null') AS jsonPayload
    FROM `acme-logs`.`gke`.`cloudaudit_googleapis_com_activity`
    WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
      AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
      AND STARTS_WITH(resource.type, 'k8s_')
      AND `protopayload_auditlog`.`methodName` = 'io.k8s.delete'
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
  REGEXP_REPLACE(jsonPayload,
        r',(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(\{)(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)*"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\})(\})|(?:"(?:[^"\\]|\\.)*":(?:null|\[\]|\{\}),)+|("(?:[^"\\]|\\.)*")',
        r'\1\2\3\4') AS jsonPayload
FROM found;
