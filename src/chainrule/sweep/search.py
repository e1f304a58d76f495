"""The search itself: trials are asked of Optuna, run somewhere, and told to it, one after another or many at once.

Only this process writes into the storage. A trial is finished once its value is there; one that was under way when the
process was killed is failed by the next process, and its index is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from chainrule.sweep.objective import Found, Report, Stopped
from chainrule.sweep.optuna_parts import distribution, optuna, pruner
from chainrule.training.loop import deferred_interrupt

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial, Trial

    from chainrule.sweep.optuna_parts import Sampling
    from chainrule.sweep.space import Space
    from chainrule.tables.settings import Settings

__all__ = ["INDEX", "LOOKS", "RESULT", "Place", "Search"]

INDEX, RESULT = "index", "result"
"""Attributes of a trial: which one of the search it is, from 0, and what came of it."""
LOOKS = 20
"""About so often a trial is asked whether it is worth going on."""


class Place(Protocol):
    """Where trials are run."""

    def room(self) -> int:
        """How many may be under way at once."""

    def begin(self, index: int, settings: Settings, every: int) -> None:
        """Take a trial; it reports every so many epochs, or never where that is 0."""

    def wait(self, judge: Callable[[int], Report], stopped: Stopped) -> list[tuple[int, Found]]:
        """The trials that have ended, by index; after a while none, so that Ctrl-C is heard.

        Args:
            judge: whom a trial reports to.
            stopped: says whether Ctrl-C has come.

        Raises:
            ValueError: settings do not go together.
        """


class Search:
    """A study of Optuna's whose trials train networks.

    Args:
        study: where they are kept.
        sampling: who says their settings.
        pruner_name: who ends them early.
        space: what is searched.
        common: settings of all trials.
    """

    def __init__(self, study: Study, sampling: Sampling, pruner_name: str, space: Space, common: Settings) -> None:
        self.study, self.sampling, self.space, self.common = study, sampling, space, common
        self.every = 0 if pruner_name == "none" else max(1, space.most_epochs // LOOKS)
        study.pruner = pruner(pruner_name, max(1, self.every), space.most_epochs)
        self.distributions = {name: distribution(one) for name, one in space.searched.items()}
        self.under_way: dict[int, Trial] = {}

    def finished(self) -> list[FrozenTrial]:
        """The trials that are done, by index."""
        states = optuna().trial.TrialState
        trials = self.study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED))
        return sorted(trials, key=lambda trial: trial.user_attrs[INDEX])

    def best(self) -> FrozenTrial | None:
        """The trial of the least loss, the first of equals; None where none was completed."""
        complete = [trial for trial in self.finished() if trial.state == optuna().trial.TrialState.COMPLETE]
        return min(complete, key=lambda trial: trial.value, default=None)

    def settings(self, trial: FrozenTrial | Trial) -> Settings:
        """What `chainrule train` would be called with."""
        return self.space.settings(self.common, trial.params)

    def fail_begun(self) -> None:
        """Fail the trials that a process left when it was killed: they are asked for again."""
        states = optuna().trial.TrialState
        for trial in self.study.get_trials(deepcopy=False, states=(states.RUNNING,)):
            self.study.tell(trial.number, state=states.FAIL)

    def run(self, trials: int, place: Place, done: Callable[[FrozenTrial], None]) -> bool:
        """Run trials until so many are finished, those of former processes among them.

        Args:
            trials: how many.
            place: where they are run.
            done: is told of each that is finished.

        Returns:
            Whether Ctrl-C ended it before.

        Raises:
            ValueError: settings do not go together; the message says which.
        """
        self.fail_begun()
        known = {trial.user_attrs[INDEX] for trial in self.finished()}
        wanted = [index for index in range(trials) if index not in known]
        wanted.reverse()
        try:
            with deferred_interrupt() as interrupted:
                while wanted or self.under_way:
                    while wanted and len(self.under_way) < place.room() and not interrupted():
                        self.begin(wanted.pop(), place)
                    for index, found in self.ended(place, interrupted):
                        if found.ended_by == "interrupt":
                            return True
                        done(self.tell(index, found))
                    if interrupted():
                        return True
            return False
        finally:
            self.fail_begun()
            self.under_way.clear()

    def ended(self, place: Place, stopped: Stopped) -> list[tuple[int, Found]]:
        """What has ended at that place."""
        try:
            return place.wait(self.judge, stopped)
        except ValueError as error:
            raise ValueError(f"the space has settings that do not go together: {error}") from None

    def begin(self, index: int, place: Place) -> None:
        """Ask Optuna for settings, and start."""
        self.study.sampler = self.sampling.of(index)
        trial = self.study.ask(self.distributions)
        trial.set_user_attr(INDEX, index)
        self.under_way[index] = trial
        place.begin(index, self.settings(trial), self.every)

    def judge(self, index: int) -> Report:
        """Whom the trial reports to."""
        trial = self.under_way[index]

        def report(epoch: int, loss: float) -> bool:
            trial.report(loss, epoch)
            return bool(trial.should_prune())

        return report

    def tell(self, index: int, found: Found) -> FrozenTrial:
        """Tell Optuna what came of it."""
        trial, states = self.under_way.pop(index), optuna().trial.TrialState
        trial.set_user_attr(RESULT, asdict(found))
        if found.ended_by in ("pruned", "diverged"):  # of a loss that is none, samplers learn to stay away so
            return self.study.tell(trial, state=states.PRUNED)
        return self.study.tell(trial, found.value, state=states.COMPLETE)
