"""FailureNoted: what made a run fail stands in its run.json."""

from types import TracebackType

from siam_dse.runs.folder import RunFolder


class FailureNoted:
    """While within, an error is noted as the run's ``error`` and goes on its way; an interrupt is none."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, Exception):
            self.run.update({"error": str(error)})
