"""The catalogue is complete, and the backward pass without a mistake is the reference's."""

import numpy as np
import planted
import pytest

from chainrule.backprop import backprop
from chainrule.explain.faults import faults_of, scales_of
from chainrule.explain.faulty_backprop import Known, backward_with, known
from chainrule.explain.mistakes import MISTAKES
from chainrule.formulas import losses


def run_of(draw: planted.Draw) -> Known:
    return known(draw.net.structure, draw.net.parameters, draw.X, draw.y, losses.get(draw.loss))


def test_the_catalogue() -> None:
    assert list(MISTAKES) == list(range(1, 31))
    for mistake in MISTAKES.values():
        assert mistake.name
        assert mistake.effect.endswith((".", ";"))
        assert mistake.mend.endswith(".")


@pytest.mark.parametrize("seed", range(30))
def test_without_a_mistake_it_is_the_reference(seed: int) -> None:
    draw = planted.random_draw(np.random.default_rng(seed))
    expected = backprop(draw.net.structure, draw.net.parameters, draw.X, draw.y, losses.get(draw.loss))
    for given, right in zip(backward_with(run_of(draw)), (expected.grad_weight, expected.grad_bias), strict=True):
        for mine, theirs in zip(given, right, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15)


def test_every_number_that_is_planted_can_be_made() -> None:
    made = set()
    for seed in range(60):
        run = run_of(planted.random_draw(np.random.default_rng(seed)))
        for i in range(run.last + 1):
            made |= {fault.number for fault in faults_of(run, i)} | {factor[0] for factor in scales_of(run, i)}
    assert made == {*range(1, 23), 24, 25, 26, 28} - {12}  # 12 needs a learning rate


@pytest.mark.parametrize("seed", range(20))
def test_a_fault_leaves_the_layers_above_it_alone(seed: int) -> None:
    run = run_of(planted.random_draw(np.random.default_rng(seed)))
    right = backward_with(run)
    for i in range(run.last + 1):
        for fault in faults_of(run, i):
            weights, biases = backward_with(run, [fault])
            for k in range(i + 1, run.last + 1):
                assert np.array_equal(weights[k], right[0][k])
                assert np.array_equal(biases[k], right[1][k])


def test_the_learner_is_right_without_a_mistake() -> None:
    for seed in range(30):
        draw = planted.random_draw(np.random.default_rng(seed))
        assert not planted.differ(planted.learner(draw), backward_with(run_of(draw)))
