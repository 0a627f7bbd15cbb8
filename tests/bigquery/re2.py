"""For each line `[REGEX, TEXT]` on standard input: whether RE2, as DuckDB has it, finds the one in the other."""

import json
import sys

import duckdb

connection = duckdb.connect()
for line in sys.stdin:
    regex, text = json.loads(line)
    try:
        print(json.dumps(connection.execute("SELECT regexp_matches(?, ?)", [text, regex]).fetchone()[0]))
    except duckdb.Error as error:
        print(json.dumps(str(error)))
