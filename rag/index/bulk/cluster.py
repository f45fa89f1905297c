"""Ray: workers of this machine or of a cluster, and units of work for them. The only importer.

In:  from the parent (`rag.index.bulk.ray_process`) on stdin, a line of JSON each: where Ray is to
     run; then for each stage a class of `rag.index.bulk.workers`, its options, and the units.
Out: on stdout, a line of JSON each: how many workers there are; how many steps are done; the end of
     a stage; or an error.

Ray runs in this process of its own since it has no deadline for a cluster that does not answer,
ends the process that loses its cluster, and changes signals and logging. On this machine alone it
listens on 127.0.0.1, asks for a token that only its own processes have, starts no dashboard, sends
no usage statistics, and leaves no file behind.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rag.errors import IndexFault, RagError
from rag.runtime.worker_process import end_session, outlive_parent, take_stdout

__all__ = ["END_SECONDS", "main"]

_PATIENCE = 0.5  # seconds
END_SECONDS = 15.0  # for Ray to end
_LATE = "timed out during startup"
_OBJECT_STORE = 128 << 20  # bytes: units go through it, articles and vectors do not


def main() -> None:
    """The child process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end of stdin ends it
    outlive_parent()
    replies = take_stdout()
    requests = queue.SimpleQueue[str]()

    def reply(**message: Any) -> None:
        replies.write(json.dumps(message).encode() + b"\n")
        replies.flush()

    start = json.loads(sys.stdin.readline())
    threading.Thread(target=_read, args=(requests,), daemon=True).start()
    try:
        with _ray(start) as workers:
            reply(workers=workers)
            while line := requests.get():
                for steps in _results(json.loads(line), workers):
                    reply(done=steps)
                reply(end=True)
    except RagError as error:
        reply(error=str(error), kind=type(error).__name__)
    except Exception as error:
        text = _first_line(error)
        reply(**({"late": True} if _LATE in text else {"error": text, "kind": ""}))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_session(os.getpid())
        shutil.rmtree(start.get("folder", ""), ignore_errors=True)


def _read(requests: queue.SimpleQueue[str]) -> None:
    """Pass on the lines of stdin; its end, also that of a parent that was killed, ends all."""
    for line in sys.stdin:
        requests.put(line)
    requests.put("")
    time.sleep(_PATIENCE)  # between two stages it ends by itself
    os.kill(os.getpid(), signal.SIGTERM)  # Ray makes this an orderly end
    time.sleep(END_SECONDS)
    end_session(os.getpid())
    os._exit(1)


@contextmanager
def _ray(start: Mapping[str, Any]) -> Iterator[int]:
    """Ray while the `with` lasts; how many workers there can be."""
    import ray
    from ray.data import DataContext

    if start["address"]:
        ray.init(address=start["address"], log_to_driver=False, configure_logging=False)
        resources: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
        workers = int(resources.get("CPU", 1))
    else:
        workers = int(start["workers"])
        ray.init(
            address="local",
            num_cpus=workers,
            num_gpus=0,
            include_dashboard=False,
            log_to_driver=False,
            configure_logging=False,
            object_store_memory=_OBJECT_STORE,
            _temp_dir=start["folder"],
            _system_config={"enable_metrics_collection": False},
        )
    try:
        DataContext.get_current().enable_progress_bars = False
        yield workers
    finally:
        ray.shutdown()


def _results(stage: Mapping[str, Any], workers: int) -> Iterator[int]:
    """How many steps each unit of a stage had, as soon as it is done.

    Raises:
        RagError: what a worker raised.
        IndexFault: a worker cannot import this package.
    """
    import ray.data
    from ray.exceptions import RayError

    from rag.index.bulk import workers as classes

    rows = [{"unit": unit} for unit in stage["units"]]
    results = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
        getattr(classes, stage["worker"]),
        fn_constructor_args=(stage["options"],),
        batch_size=1,
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(
            min_size=1,
            max_size=min(workers, len(rows)),
            initial_size=min(workers, len(rows)),
            # a queue at each worker would leave others without work at the end
            max_tasks_in_flight_per_actor=1,
            max_concurrent_calls_per_actor=1,
        ),
    )
    try:
        for batch in results.iter_batches(batch_size=1, prefetch_batches=0):
            yield sum(int(steps) for steps in batch["done"])
    except RayError as error:
        raise _cause(error) from error


def _cause(error: BaseException | None) -> Exception:
    """The error of ours that a worker raised; else one that says what Ray says."""
    seen, text = set(), _first_line(error)
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        for each in (error, getattr(error, "cause", None)):
            if isinstance(each, RagError):
                return each
        if "No module named 'rag'" in str(error):
            return IndexFault(
                "a worker of Ray has no footnoted: install it on every machine of the cluster "
                "(pip install 'footnoted[ray]')"
            )
        error = error.__cause__ or getattr(error, "cause", None)
    return IndexFault(text)


def _first_line(error: BaseException | None) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"[:300]
