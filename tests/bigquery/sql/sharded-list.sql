-- lq-ls pods
SELECT cluster, namespace, pod, container,
  MIN(timestamp) AS timestamp, MAX(timestamp) AS last,
  CAST(COUNT(*) AS STRING) AS entries
FROM (
  SELECT
    resource.labels.cluster_name AS cluster,
    resource.labels.namespace_name AS namespace,
    resource.labels.pod_name AS pod,
    resource.labels.container_name AS container,
    timestamp
  FROM `acme-logs`.`gke`.`stdout_20261121`
  WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
    AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
    AND resource.labels.container_name IS NOT NULL
  UNION ALL
  SELECT
    resource.labels.cluster_name AS cluster,
    resource.labels.namespace_name AS namespace,
    resource.labels.pod_name AS pod,
    resource.labels.container_name AS container,
    timestamp
  FROM `acme-logs`.`gke`.`stderr_20261121`
  WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
    AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
    AND resource.labels.container_name IS NOT NULL
)
GROUP BY cluster, namespace, pod, container;
