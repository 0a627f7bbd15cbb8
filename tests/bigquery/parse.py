"""Parses the queries on standard input, a NUL between two, as BigQuery's SQL; fails where one is none."""

import sys

import sqlglot

for query in sys.stdin.read().split("\0"):
    try:
        sqlglot.parse_one(query, read="bigquery")
    except sqlglot.errors.SqlglotError as error:
        sys.exit(f"no SQL of BigQuery: {error}\n{query}")
