"""Ctrl-C or the end of the terminal during a search: the first finishes what is under way, the second stops at once."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else []))


class Interruptible:
    """Context in which SIGINT, SIGTERM and SIGHUP set ``asked`` once; a second one raises KeyboardInterrupt.

    Only the main thread can catch signals; elsewhere this does nothing.
    """

    def __init__(self, notice: Callable[[], None] | None = None) -> None:
        self.asked = False
        self._notice = notice
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interruptible":
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                is_ignored = signal.getsignal(number) == signal.SIG_IGN
                if number == signal.SIGINT or not is_ignored:  # nohup lets a process outlive its terminal
                    self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._notice:
            self._notice()
