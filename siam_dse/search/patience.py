"""Calls to a database in a thread of their own: while one hangs, Ctrl-C is answered."""

import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class OneThread:
    """Runs calls one after another in one thread, which a call that never returns keeps and no one waits for.

    Drivers wait for a server, or SQLite for a lock, where Python answers no signal; the main thread waits here instead.
    """

    def __init__(self) -> None:
        self.is_hung = False  # a call was left alone while it ran
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="database").start()

    def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns or raises."""
        answer: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._calls.put((function, args, kwargs, answer))
        try:
            value, error = answer.get()
        except BaseException:  # an interrupt: the call is left to itself
            self.is_hung = True
            raise
        if error is not None:
            raise error
        result: T = value
        return result

    def end(self) -> None:
        """Let the thread end when it has done what it was given."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            function, args, kwargs, answer = call
            try:
                answer.put((function(*args, **kwargs), None))
            except BaseException as error:  # raised again where the call was made
                answer.put((None, error))
