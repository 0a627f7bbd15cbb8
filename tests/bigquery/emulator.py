"""Runs the BigQuery emulator, in memory, until standard input ends.

The tests hold the other end of that pipe: however they end, even killed, the emulator ends with them.
Ready, it prints one line, {"rest": PORT, "grpc": PORT}; the system chose the ports. Its log goes to stderr.
"""

import asyncio
import json
import logging
import os
import sys
import threading

# DuckDB looks for its extensions below the home folder, and the one that is needed was put beside this
# interpreter when it was installed. The extensions for file formats would be fetched from the network.
os.environ["HOME"] = os.path.dirname(sys.prefix)
os.environ["BQEMU_ENABLE_FORMAT_EXTENSIONS"] = "false"


def end_with_parent():
    while os.read(0, 1024):
        pass
    os._exit(0)


async def run(stdout):
    import structlog

    # Quiet from the first import on; the emulator sets its own level later.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    from bqemulator.config import Settings
    from bqemulator.server import EmulatorServer

    server = EmulatorServer(Settings(rest_port=0, grpc_port=0, log_level="error", log_format="json"))
    await server.start()
    print(json.dumps({"rest": server.rest_port, "grpc": server.grpc_port}), file=stdout, flush=True)
    await asyncio.Event().wait()


threading.Thread(target=end_with_parent, daemon=True).start()
# What libraries print on the way is no port.
stdout, sys.stdout = sys.stdout, sys.stderr
asyncio.run(run(stdout))
