"""The widget: what the server is to the page, the kernel is here. Requests come and frames go as widget messages.

The page sends {"id", "ask", ...}; the answer is {"id", "answer"} or {"id", "error": {"message", "field"}}, and of a run
{"id", "frame": true} with the bytes of a frame as its buffer, one message for each.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from chainrule.play import changes, moments
from chainrule.play.server import engine

if TYPE_CHECKING:
    from chainrule.arrays import Array
    from chainrule.network import Network
    from chainrule.play.choices import Choices

__all__ = ["Playground"]

STATIC = Path(__file__).with_name("static")
PARTS = {name: STATIC / name for name in ("replay.js", "replay.css")}
"""What a replay is made of."""


class Copied(traitlets.Dict):  # type: ignore[misc] # it has no types of its own here
    """A dictionary that is handed out as a copy, so that `|=` gives a new one, which is then seen to be one."""

    def get(self, obj: Any, cls: Any = None) -> Any:
        return copy.deepcopy(super().get(obj, cls))


class Playground(anywidget.AnyWidget):  # type: ignore[misc] # it has no types of its own here
    """The playground in a notebook; `chainrule.playground` makes one.

    Attributes:
        settings: what the page's controls say, every field of it, as a copy. Set it as a whole, such as
            `widget.settings |= {"seed": 3}`, and the page trains anew. What is left out takes its default, and what
            was meant for something that changes goes along: another seed drops the weights that were given.
        epoch: the epoch that the page's time cursor stands at; −1 for the last one, wherever that is. Set it, and the
            cursor moves to the moment nearest to it.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    settings = Copied().tag(sync=True)
    epoch = traitlets.Int(-1, min=-1).tag(sync=True)

    def __init__(self, script: str, settings: Mapping[str, Any]) -> None:
        self._engine = engine.real()
        self._newest = 0
        self._at_work = threading.Lock()
        super().__init__(_esm=script, settings=dict(settings))
        self.on_msg(self._hear)

    @traitlets.validate("settings")  # type: ignore[untyped-decorator]
    def _checked(self, proposal: Any) -> dict[str, Any]:
        """Whatever is set, by the page or by Python, is complete and within its bounds."""
        before = self.settings or self._engine.parse({}).to_json()
        checked: Choices = self._engine.parse(changes.along(before, proposal["value"]))
        return checked.to_json()

    @property
    def choices(self) -> Choices:
        """The settings, parsed."""
        chosen: Choices = self._engine.parse(self.settings)
        return chosen

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
        return self._engine.code(self.choices)

    def close(self) -> None:
        """End the run as well."""
        self._newest += 1
        super().close()

    def _hear(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        """Answer a message of the page."""
        number, ask = message.get("id"), message.get("ask")
        try:
            if ask in ("run", "seeds"):
                self._begin(number, self._engine.parse(message["settings"]), ask, message)
            elif ask == "cancel":
                self._newest += 1
            else:
                self._answer(number, ask, message, buffers)
        except ValueError as error:
            self._refuse(number, error)
        except KeyError as error:
            self._refuse(number, ValueError(f"the message lacks {error}"))
        except Exception as error:  # the page hears of it, and the notebook's log has the rest
            self._refuse(number, ValueError(f"{type(error).__name__}: {error}"))
            raise

    def _begin(self, number: Any, chosen: Any, ask: str, message: Mapping[str, Any]) -> None:
        """Train in a thread of its own, so that cells run meanwhile; the newest order ends the others."""
        self._newest += 1
        mine, run = self._newest, int(message["run"])

        def cancelled() -> bool:
            return mine != self._newest

        def send(header: dict[str, Any], arrays: dict[str, Array]) -> None:
            if not cancelled():
                self.send({"id": number, "frame": True}, buffers=[self._engine.pack(header, arrays)])

        def work() -> None:
            with self._at_work:
                if cancelled():
                    return
                try:
                    if ask == "seeds":
                        self._engine.fan(chosen, message["count"], send, cancelled, run)
                    else:
                        self._engine.record(chosen, send, cancelled, run)
                except ValueError as error:
                    field = getattr(error, "field", None)
                    send({"type": "error", "run": run, "message": str(error), "field": field}, {})

        threading.Thread(target=work, name="chainrule playground", daemon=True).start()

    def _answer(self, number: Any, ask: Any, message: Mapping[str, Any], buffers: list[Any]) -> None:
        """What is asked for once and answered at once."""
        asked = self._engine
        content: Any
        attached: list[bytes] = []
        if ask == "schema":
            content = {**asked.schema(), "given": None}
        elif ask == "open":
            content = asked.opened(str(message["name"]), bytes(buffers[0]))
        elif ask == "part" and message["name"] in PARTS:
            content, attached = {}, [PARTS[message["name"]].read_bytes()]
        else:
            chosen = asked.parse(message["settings"])
            if ask == "derive":
                content = asked.derive(chosen, message["epoch"], message["samples"], message["notation"])
            elif ask == "code":
                content, attached = {"name": "run.py", "type": "text/x-python"}, [asked.code(chosen).encode()]
            elif ask == "model":
                name, kind, file = asked.model(chosen, message["epoch"], message["format"])
                content, attached = {"name": name, "type": kind}, [file]  # its bytes travel beside it
            else:
                raise ValueError(f"nothing answers to {ask!r:.40}")
        self.send({"id": number, "answer": content}, buffers=attached)

    def _refuse(self, number: Any, error: ValueError) -> None:
        problem = {"message": str(error), "field": getattr(error, "field", None)}
        self.send({"id": number, "error": problem})
