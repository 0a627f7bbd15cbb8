-- lq-ls pods agent deploy/web -n shop --exclude-pod canary -l app=web --stream stdout
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
  WHERE timestamp >= TIMESTAMP '2026-11-21 07:00:00.000000+00:00'
    AND timestamp < TIMESTAMP '2026-11-21 08:00:00.000000+00:00'
    AND resource.labels.container_name IS NOT NULL
    AND resource.labels.namespace_name = 'shop'
    AND REGEXP_CONTAINS(resource.labels.pod_name, '^(?:web-(?:[4-9bcdf]{6,10}|[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{5,9}|[0-9]{1}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{2,8}|[0-9]{2}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{1,7}|[0-9]{3}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,6}|[0-9]{4}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,5}|[0-9]{5}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,4}|[0-9]{6}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,3}|[0-9]{7}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,2}|[0-9]{8}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,1}|[0-9]{9}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,0})-(?:[b-df-hj-np-tv-xz24-9]{5}|[0-9]{0}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{2,4}|[0-9]{1}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{1,3}|[0-9]{2}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,2}|[0-9]{3}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,1}|[0-9]{4}[b-df-hj-np-tv-xz][b-df-hj-np-tv-xz0-9]{0,0}))$')
    AND resource.labels.container_name = 'agent'
    AND labels.`k8s_pod_app` = 'web'
    AND NOT REGEXP_CONTAINS(IFNULL(resource.labels.pod_name, ''), 'canary')
)
GROUP BY cluster, namespace, pod, container;
