"""The studio's work: ended when it takes too long, or when its page has gone."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from ssc_melody.errors import OptionError
from ssc_melody.studio import work
from ssc_melody.studio.security import RefusedError


def _do(task: Callable, gone: Callable[[], bool] = lambda: False) -> object:
    shop = work.Workshop()

    async def is_gone() -> bool:
        return gone()

    try:
        return asyncio.run(shop.do(task, is_gone))
    finally:
        shop.close()


def test_work_is_done() -> None:
    assert _do(lambda progress: (progress(1), 7)[1]) == 7


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MAX_SECONDS", 0.2)

    def endless(progress: Callable[[int], None]) -> None:
        while True:
            progress(1)

    with pytest.raises(OptionError, match=r"this takes more than 0\.2 s; ask for fewer or shorter"):
        _do(endless)


def test_a_page_that_has_gone_is_not_worked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_LOOK", 0.02)
    ended = threading.Event()

    def endless(progress: Callable[[int], None]) -> None:
        try:
            while True:
                progress(1)
        finally:
            ended.set()

    with pytest.raises(RefusedError, match="the page has gone"):
        _do(endless, gone=lambda: True)
    assert ended.is_set()


def test_an_error_is_the_works_own() -> None:
    def fails(_: Callable[[int], None]) -> None:
        raise OptionError("seed: too odd")

    with pytest.raises(OptionError, match="seed: too odd"):
        _do(fails)
