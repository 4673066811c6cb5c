"""``dashboard``: optuna-dashboard on a copy of a run's designs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from siam_dse.cli.output import note
from siam_dse.core.errors import InputError, RunError
from siam_dse.core.text import command_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from siam_dse.report.view import RunView

_LOCAL = "127.0.0.1"
# optuna-dashboard compares every trial with every other at each request where there are more than two objectives, and
# a browser draws every one: so many front designs, and so many others, answer within a second of CPU time.
_MOST_FRONT, _MOST_OTHERS = 300, 300
_MOST_FRONT_OF_TWO, _MOST_OTHERS_OF_TWO = 2000, 2000
_STUDY = re.compile(r"/api/studies/\d+")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


def run_dashboard(run: str, results: Path, port: int) -> None:
    """Serve optuna-dashboard on this machine until interrupted.

    What is served is a copy in memory, so that the dashboard can neither block nor change a running search.
    """
    app, words = dashboard_app(run, results)
    try:
        server = make_server(_LOCAL, port, app, _Server, _Silent)
    except OSError as error:
        raise RunError(f"port {port}: cannot be used ({error.strerror or error}); give another --port") from error
    with server:
        note(f"optuna-dashboard on http://{_LOCAL}:{server.server_port}/ shows {words}; Ctrl-C stops it")
        server.serve_forever()


def dashboard_app(run: str, results: Path) -> tuple[Callable[..., Iterable[bytes]], str]:
    """The WSGI application that serves a run, and in words what it shows."""
    from siam_dse.cli.views import need_points
    from siam_dse.report.view import COMPANIONS, RunView
    from siam_dse.runs.folder import RunFolder
    from siam_dse.search.served import served_study

    folder = RunFolder.open(run, results)
    try:
        from optuna_dashboard import save_note, wsgi
    except ImportError:
        remedy = "needs optuna-dashboard; install it with: pip install 'siam-dse[dashboard]'"
        raise InputError("dashboard", remedy) from None
    few = len(folder.space().objectives) <= 2
    view = RunView.of(folder, _MOST_FRONT_OF_TWO if few else _MOST_FRONT)
    need_points(view)
    points = _served(view, _MOST_OTHERS_OF_TWO if few else _MOST_OTHERS)
    counted = (view.info.get("counts") or {}).get("evaluated", len(view.points))
    words = f"{len(points):,} of {counted:,} designs of {view.name}, {len(view.front):,} of them from the front"
    shown = ["trial", "feasible", *(name for name in COMPANIONS if name not in view.objectives), *_others(points)]
    notes = {"network": view.network.name, "space": view.space.name, "shown": words}
    columns = [name for name in dict.fromkeys(shown) if name in points]
    points = points.rename(columns={"trial": "id"})
    study, storage = served_study(view.name, view.space, points, ["id", *columns[1:]], notes)
    save_note(
        study, f"{words}. `id` is a design's number in the run: `{command_line('explain', run, '--design', 'ID')}`."
    )
    best = {number for number, trial in enumerate(points["id"]) if trial in set(view.front["trial"])}
    return _with_best(wsgi(storage), best), words


def _served(view: RunView, most: int) -> pd.DataFrame:
    """The front, then feasible and infeasible designs evenly spread, in the order in which they were found."""
    import pandas as pd

    from siam_dse.report.style import thinned

    is_front = view.points["trial"].isin(view.front["trial"])
    feasible = view.points["feasible"].astype(bool)
    broken = thinned(view.points[~feasible], most // 2)
    others = thinned(view.points[feasible & ~is_front], most - len(broken))
    return pd.concat([view.points[is_front], others, broken]).sort_values("trial", ignore_index=True)


def _others(points: pd.DataFrame) -> list[str]:
    return [name for name in ("chiplets", "tiles", "utilisation", "throughput_ips") if name in points]


def _with_best(app: Callable[..., Iterable[bytes]], best: set[int]) -> Callable[..., Iterable[bytes]]:
    """The application with the run's front as best trials: its own ones leave constraints out of account."""
    known: dict[str, list[Any]] = {}

    def corrected(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO"))
        if environ.get("REQUEST_METHOD") != "GET" or not _STUDY.fullmatch(path):
            return app(environ, start_response)
        answer: list[Any] = []
        body = b"".join(app(environ, lambda *given: answer.append(given)))
        status, headers = answer[0][:2]
        if status.startswith("200"):
            content = json.loads(body)
            found = [trial for trial in content["trials"] if trial["number"] in best]
            known[path] = content["best_trials"] = found if len(found) == len(best) else known.get(path, found)
            body = json.dumps(content).encode()
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    return corrected
