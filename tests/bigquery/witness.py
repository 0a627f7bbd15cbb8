"""Runs the query on standard input with Google's own client, on the server URL $1 as project $2.

Prints an object for each row, in the order they come.
"""

import datetime
import json
import sys

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    raise TypeError(type(value))


url, project = sys.argv[1:]
client = bigquery.Client(project, AnonymousCredentials(), client_options={"api_endpoint": url})
for row in client.query_and_wait(sys.stdin.read()):
    print(json.dumps(dict(row), default=plain))
