-- lq-ls pods --pod '\bweb' --log 'é*' --log 'std*'
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
    AND REGEXP_CONTAINS(resource.labels.pod_name, 'web')
  UNION ALL
  SELECT
    resource.labels.cluster_name AS cluster,
    resource.labels.namespace_name AS namespace,
    resource.labels.pod_name AS pod,
    resource.labels.container_name AS container,
    timestamp
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
    AND REGEXP_CONTAINS(resource.labels.pod_name, 'web')
)
GROUP BY cluster, namespace, pod, container;
