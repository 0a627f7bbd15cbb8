"""Reads the recorded entries with Google's own client: what lq-query is measured against.

Arguments: the way (`rest` and `result` are a query's result, by pages and over gRPC; `table` is the table, over gRPC),
what to make of it (`alone` is an Arrow table in memory and nothing else; `json` and `orjson` are JSON lines on
standard output, by the module of that name), the REST URL, the gRPC URL. The query is on standard input, for `table`
the columns. The last line on standard error is the number of rows.
"""

import json
import sys

import grpc
import orjson
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryReadClient
from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

way, target, rest, storage = sys.argv[1:]
asked = sys.stdin.read()
client = bigquery.Client("acme", AnonymousCredentials(), client_options={"api_endpoint": rest})


def reader():
    """The client of the Storage Read API, without TLS, and otherwise as it comes."""
    options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    channel = grpc.insecure_channel(storage.removeprefix("http://"), options)
    return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))


if way == "table":
    table = client.get_table("acme.gke.stdout")
    columns = [field for field in table.schema if field.name in asked.split()]
    rows = client.list_rows(table, selected_fields=columns)
else:
    rows = client.query(asked).result()
if way == "rest":
    arrow = rows.to_arrow(create_bqstorage_client=False)
else:
    arrow = rows.to_arrow(bqstorage_client=reader())

out = sys.stdout.buffer
for batch in arrow.to_batches() if target != "alone" else []:
    if target == "json":
        for row in batch.to_pylist():
            out.write(json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n")
    else:
        for row in batch.to_pylist():
            out.write(orjson.dumps(row) + b"\n")
out.flush()
print(arrow.num_rows, file=sys.stderr)
