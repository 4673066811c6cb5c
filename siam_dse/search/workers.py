"""Where the work of a search is done: in this process, in several here, or by the workers of a dask scheduler.

Tasks are handed out in their order and their results come back in it, so that what a search finds does not depend on
where it ran. A scheduler repeats the tasks of a worker that died on another one.
"""

import os
import re
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, TypeVar

import joblib
from joblib.externals.loky import ProcessPoolExecutor

from siam_dse.core.checks import check_jobs
from siam_dse.core.errors import InputError, RunError
from siam_dse.search.budget import Budget
from siam_dse.search.compiling import compile_beside
from siam_dse.search.parent import end_with
from siam_dse.system import MODEL_VERSION

if TYPE_CHECKING:
    from distributed import Client

Jobs = int | str  # processes here, -1 for one a core; or local:N, or the address of a scheduler
Result = TypeVar("Result")

_WORTH_S, _WORTH_DESIGNS = 10.0, 100_000  # a search from which on starting processes pays
_MOST_UNASKED = 4

OPTION = "--scheduler"
_ADDRESS = re.compile(r"(tcp|tls|ucx|ucxx|ws|wss)://\S+")
_LOCAL = re.compile(r"local:([1-9]\d*)")
_WAIT_S = 60.0  # for a scheduler to answer, and for its first worker
_REPEATS = 3  # of a task whose worker fails
_AHEAD = 2  # tasks handed out a worker


def usual_jobs(budget: Budget) -> int:
    """Processes of an archive search that was told no number: one a core, four at most, where that pays.

    Each but the first takes some seconds until it is of use, and some 500 MB.
    """
    lasts = (budget.time_s or 0) >= _WORTH_S or (budget.evaluations or 0) >= _WORTH_DESIGNS
    return min(joblib.cpu_count(), _MOST_UNASKED) if lasts else 1


def check_workers(jobs: Jobs) -> None:
    """Refuse what is neither a number of processes nor a scheduler.

    Raises
    ------
    InputError
    """
    if not isinstance(jobs, str):
        check_jobs("--jobs", jobs)
    elif not (_ADDRESS.fullmatch(jobs) or _LOCAL.fullmatch(jobs)):
        raise InputError(OPTION, f"must be an address such as tcp://host:8786, or local:N for N workers, got {jobs!r}")


def n_workers(jobs: Jobs) -> int:
    """How many tasks run at once."""
    if isinstance(jobs, str):
        return max(sum(int(n) for n in _client(jobs).nthreads().values()), 1)
    return int(joblib.effective_n_jobs(jobs))


def in_order(jobs: Jobs, function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
    """Results of a function for tasks, tuples of its arguments, in their order.

    Raises
    ------
    RunError
        The scheduler cannot be reached, has no worker, or a task failed with each worker that tried it.
    """
    if isinstance(jobs, str):
        yield from _by_scheduler(jobs, function, tasks)
    elif (n := n_workers(jobs)) == 1:
        yield from (function(*task) for task in tasks)
    else:
        others = start_processes(n)
        try:
            yield from _ahead((others.submit(function, *task) for task in tasks), n, deque())
        finally:
            others.shutdown(wait=False, kill_workers=True)


def start_processes(n: int) -> ProcessPoolExecutor:
    """Other processes, which leave Ctrl-C to this one and end with it, were it killed."""
    others = ProcessPoolExecutor(n, initializer=_begin, initargs=(os.getpid(),))
    with _without_interrupts():
        others.submit(int)  # all of them start with the first task
    return others


def _begin(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it was not inherited, as on Windows
    end_with(parent)
    compile_beside()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C does nothing, nor ever to a process that is started here: it inherits that. For a moment, no more."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ahead(submitted: Iterator[Any], n: int, under_way: deque[Any]) -> Iterator[Any]:
    """Results of tasks in their order, of which a few for each of ``n`` workers are ``under_way``."""
    for future in submitted:
        under_way.append(future)
        if len(under_way) >= _AHEAD * n:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _by_scheduler(
    scheduler: str, function: Callable[..., Result], tasks: Iterable[tuple[Any, ...]]
) -> Iterator[Result]:
    client = _client(scheduler)
    from distributed.scheduler import KilledWorker

    under_way: deque[Any] = deque()
    submitted = (client.submit(function, *task, pure=False, retries=_REPEATS) for task in tasks)
    try:
        yield from _ahead(submitted, n_workers(scheduler), under_way)
    except (OSError, KilledWorker) as error:
        raise RunError(f"{OPTION} {scheduler}: its workers died or it is gone ({error}); resume goes on") from error
    finally:
        client.cancel(list(under_way))


@cache
def _client(scheduler: str) -> "Client":
    """The client of a scheduler, one as long as this process lives, once a worker of this model is there."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError(OPTION, "needs dask, which is not installed: pip install 'siam-dse[distributed]'") from None
    local = _LOCAL.fullmatch(scheduler)
    try:
        client = _local_client(int(local[1])) if local else Client(scheduler, timeout=_WAIT_S)
        client.wait_for_workers(1, timeout=_WAIT_S)
        others = {version for version in client.run(_model_version).values() if version != MODEL_VERSION}
    except ImportError as error:
        raise RunError(f"{OPTION} {scheduler}: its workers lack siam_dse ({error}); install it beside them") from None
    except (OSError, TimeoutError) as error:
        raise RunError(f"{OPTION} {scheduler}: does not answer, or has no worker ({error})") from None
    if others:
        raise RunError(
            f"{OPTION} {scheduler}: its workers have model version {', '.join(sorted(map(str, others)))}, this is "
            f"{MODEL_VERSION}; install the same siam_dse everywhere"
        )
    return client


def _local_client(workers: int) -> "Client":
    """The client of workers on this machine, which Ctrl-C leaves alone: the search ends its generation with them."""
    from distributed import Client, LocalCluster

    with _without_interrupts():
        return Client(LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None))


def _model_version() -> object:
    """Version of the model at a worker."""
    return MODEL_VERSION
