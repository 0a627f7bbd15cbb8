-- lq-ls pods --pod '\bweb' --log 'é*' --log 'std*'
SELECT cluster, namespace, pod, container, stream,
  MIN(timestamp) AS timestamp, MAX(timestamp) AS last,
  CAST(COUNT(*) AS STRING) AS entries
FROM (
  SELECT
    JSON_VALUE(resource.labels, '$.cluster_name') AS cluster,
    JSON_VALUE(resource.labels, '$.namespace_name') AS namespace,
    JSON_VALUE(resource.labels, '$.pod_name') AS pod,
    JSON_VALUE(resource.labels, '$.container_name') AS container,
    REGEXP_REPLACE(log_name, '^.*?/logs/', '') AS stream,
    timestamp
  FROM `acme-logs`.`gke`.`_AllLogs`
  WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
    AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
    AND STARTS_WITH(resource.type, 'k8s_')
    AND REGEXP_CONTAINS(JSON_VALUE(resource.labels, '$.pod_name'), 'web')
)
GROUP BY cluster, namespace, pod, container, stream;
