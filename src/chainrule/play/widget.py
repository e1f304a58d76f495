"""The widget: what the server is to the page, the kernel is here. Requests come and frames go as widget messages.

The page sends {"id", "ask", ...}; the answer is {"id", "answer"} or {"id", "error": {"message", "field"}}, and of a run
{"id", "frame": true} with the bytes of a frame as its buffer, one message for each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from chainrule.play import bring_in, choices, derivation_page, frames, moments, python_code, seeds, take_away
from chainrule.play.choices import ChoiceError, Choices

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.network import Network

__all__ = ["Playground"]


class Playground(anywidget.AnyWidget):
    """The playground in a notebook; `chainrule.playground` makes one.

    Attributes:
        settings: what the page's controls say, every field of it. Set it, and the page trains anew; what is left out
            takes its default.
        epoch: the epoch that the page's time cursor stands at; −1 for the last one, wherever that is.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    epoch = traitlets.Int(-1, min=-1).tag(sync=True)

    def __init__(self, script: str, settings: Mapping[str, Any]) -> None:
        self._newest = 0
        self._at_work = threading.Lock()
        super().__init__(_esm=script, settings=dict(settings))
        self.on_msg(self._hear)

    @traitlets.validate("settings")
    def _checked(self, proposal: Any) -> dict[str, Any]:
        """Whatever is set, by the page or by Python, is complete and within its bounds."""
        return choices.parse(proposal["value"]).to_json()

    @property
    def choices(self) -> Choices:
        """The settings, parsed."""
        return choices.parse(self.settings)

    @property
    def network(self) -> Network:
        """The network as it is where the page's cursor stands: trained anew up to there, with the same bits."""
        chosen = self.choices
        return moments.network_at(chosen, chosen.epochs if self.epoch < 0 else min(self.epoch, chosen.epochs)).network

    @property
    def parameters(self) -> Array:
        """θ of that network."""
        return self.network.parameters

    @property
    def code(self) -> str:
        """The Python code that does exactly this run."""
        return python_code.write(self.choices)

    def _hear(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        """Answer a message of the page."""
        number, ask = message.get("id"), message.get("ask")
        try:
            if ask in ("run", "seeds"):
                self._begin(number, choices.parse(message["settings"]), ask, message)
            elif ask == "cancel":
                self._newest += 1
            else:
                self._answer(number, ask, message, buffers)
        except ValueError as error:
            self._refuse(number, error)
        except KeyError as error:
            self._refuse(number, ValueError(f"the message lacks {error}"))

    def _begin(self, number: Any, chosen: Choices, ask: str, message: Mapping[str, Any]) -> None:
        """Train in a thread of its own, so that cells run meanwhile; the newest order ends the others."""
        self._newest += 1
        mine, run = self._newest, int(message["run"])

        def cancelled() -> bool:
            return mine != self._newest

        def send(header: dict[str, Any], arrays: dict[str, Array]) -> None:
            if not cancelled():
                self.send({"id": number, "frame": True}, buffers=[frames.pack(header, arrays)])

        def work() -> None:
            with self._at_work:
                if cancelled():
                    return
                try:
                    if ask == "seeds":
                        seeds.fan(chosen, int(message["count"]), send, cancelled, run)
                    else:
                        moments.record(chosen, send, cancelled, run)
                except ValueError as error:
                    field = getattr(error, "field", None)
                    send({"type": "error", "run": run, "message": str(error), "field": field}, {})

        threading.Thread(target=work, name="chainrule playground", daemon=True).start()

    def _answer(self, number: Any, ask: Any, message: Mapping[str, Any], buffers: list[Any]) -> None:
        """What is asked for once and answered at once."""
        answers: dict[Any, Callable[[], tuple[Any, list[bytes]]]] = {
            "schema": lambda: (choices.schema() | extras(), []),
            "derive": lambda: (
                derivation_page.page(
                    choices.parse(message["settings"]), message["epoch"], message["samples"], message["notation"]
                ),
                [],
            ),
            "code": lambda: ({"name": "run.py", "type": "text/x-python"}, [self._code(message).encode()]),
            "model": lambda: download(
                take_away.model(choices.parse(message["settings"]), message["epoch"], message["format"])
            ),
            "open": lambda: (bring_in.opened(str(message["name"]), bytes(buffers[0])), []),
        }
        if ask not in answers:
            raise ChoiceError(f"nothing answers to {ask!r:.40}", "ask")
        content, attached = answers[ask]()
        self.send({"id": number, "answer": content}, buffers=attached)

    def _code(self, message: Mapping[str, Any]) -> str:
        return python_code.write(choices.parse(message["settings"]))

    def _refuse(self, number: Any, error: ValueError) -> None:
        problem = {"message": str(error), "field": getattr(error, "field", None)}
        self.send({"id": number, "error": problem})


def download(file: tuple[str, str, bytes]) -> tuple[dict[str, str], list[bytes]]:
    """A file as an answer: its bytes travel beside it."""
    name, kind, content = file
    return {"name": name, "type": kind}, [content]


def extras() -> dict[str, Any]:
    """What a schema has beside its fields."""
    import chainrule
    from chainrule.play.stories import STORIES

    return {"version": chainrule.__version__, "stories": list(STORIES), "given": None}
