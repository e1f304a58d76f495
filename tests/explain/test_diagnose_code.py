"""Programs are called in the layout that they have, and their mistakes are named; what cannot be asked says why."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.explain.adapters import CONTAINERS, Layout, layouts
from chainrule.explain.signatures import signature
from chainrule.explain.trials import Setup, trials
from chainrule.formulas import losses
from chainrule.structure import Structure

RNG = np.random.default_rng(0)


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def gradients(weights: Any, biases: Any, X: Any, y: Any) -> Any:
    """Right: (in, out), rows."""
    a = [X]
    for W, b in zip(weights, biases, strict=True):
        a.append(sigma(a[-1] @ W + b))
    dW: list[Any] = []
    db: list[Any] = []
    delta = (a[-1] - y) / len(X)
    for k in reversed(range(len(weights))):
        dW.insert(0, a[k].T @ delta)
        db.insert(0, delta.sum(axis=0))
        delta = delta @ weights[k].T * a[k] * (1 - a[k])
    return dW, db


def wrapped(layout: Layout, change: float = 1.0) -> Callable[..., Any]:
    """The same gradients, by a program of another layout."""

    def program(*arguments: Any) -> Any:
        *parameters, X, y = arguments
        sizes = LAYOUT_SIZES
        structure = Structure.of(sizes, hidden="sigmoid", output="sigmoid")
        held = parameters if len(parameters) > 1 else parameters[0]
        weights, biases = layout.read(held, structure)
        X = X.T if layout.columns else X
        y = y.reshape(-1, 1)
        dW, db = gradients(weights, [np.ravel(b) for b in biases], X, y)
        packed = layout.pack([change * each for each in dW], [change * each for each in db])
        return packed if len(packed) > 1 else packed[0]

    return program


LAYOUT_SIZES = (3, 4, 1)


@pytest.mark.parametrize("container", [each for each in CONTAINERS if each != "lists"])
@pytest.mark.parametrize("out_in", [False, True])
@pytest.mark.parametrize("columns", [False, True])
def test_every_layout_is_found(container: str, out_in: bool, columns: bool) -> None:
    layout = Layout(container, ("p",), out_in, columns, "(d, 1)" if columns else "(d,)")
    program = wrapped(layout)

    def asked(p: Any, X: Any, y: Any) -> Any:
        assert (p.shape if container == "flat" else len(p)) is not None
        return program(p, X, y)

    assert cr.diagnose_code(gradients=asked, sizes=LAYOUT_SIZES).ok
    wrong = wrapped(layout, -1.0)
    made = cr.diagnose_code(gradients=lambda p, X, y: wrong(p, X, y), sizes=LAYOUT_SIZES)
    assert [found.mistake for found in made.findings] == [21]


def test_signatures() -> None:
    assert signature("g", lambda X, y, W1, b1: 0).parameters == ("W1", "b1")
    assert signature("g", lambda params, inputs, targets, debug=False: 0).arguments(["p"], "X", "y") == ["p", "X", "y"]
    assert signature("g", lambda p, u, v: 0).arguments(["p"], "X", "y") == ["p", "X", "y"]
    assert next(each.container for each in layouts(["W1", "b1", "W2", "b2"], 2)) == "arguments"
    assert {each.container for each in layouts(["W1", "W2"], 2)} == {"with bias", "bias first", "no bias"}


def test_right_code() -> None:
    made = cr.diagnose_code(
        gradients=gradients,
        loss=lambda p, y: -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)),
        predict=lambda weights, biases, X: forward(weights, biases, X),
        accuracy=lambda p, y: np.mean(np.round(p) == y),
        step=lambda theta, grad, lr: theta - lr * grad,
    )
    assert made.ok
    assert made.before is not None
    assert made.before < 1e-12


def forward(weights: Any, biases: Any, X: Any) -> Any:
    for W, b in zip(weights, biases, strict=True):
        X = sigma(X @ W + b)
    return X


def test_trials_tell_mistakes_apart() -> None:
    setup = Setup(None, "sigmoid", "sigmoid", losses.get("binary_cross_entropy"))
    for depth in (1, 2, 3, 4):
        runs = trials(setup, depth)
        for run in runs:
            assert run.n not in run.structure.sizes
            assert len(run.structure.layers) == depth
            assert np.abs(run.z[-1]).max() <= 2.5 + 1e-12
        if depth > 1:
            assert any(a == b for run in runs for a, b in itertools.pairwise(run.structure.sizes))
    assert trials(setup, 3)[0].theta.tolist() == trials(setup, 3)[0].theta.tolist()


def test_a_transpose_that_runs_only_in_square_layers() -> None:
    def untransposed(weights: Any, biases: Any, X: Any, y: Any) -> Any:
        a = [X]
        for W, b in zip(weights, biases, strict=True):
            a.append(sigma(a[-1] @ W + b))
        dW: list[Any] = []
        db: list[Any] = []
        delta = (a[-1] - y) / len(X)
        for k in reversed(range(len(weights))):
            dW.insert(0, a[k].T @ delta)
            db.insert(0, delta.sum(axis=0))
            back = weights[k].T if weights[k].shape[1] == 1 else weights[k]
            delta = delta @ back * a[k] * (1 - a[k]) if k else delta
        return dW, db

    (found,) = cr.diagnose_code(gradients=untransposed).findings
    assert found.mistake == 13


def test_a_program_without_biases() -> None:
    def biasless(w1: Any, w2: Any, X: Any, y: Any) -> Any:
        h = sigma(X @ w1)
        delta = (sigma(h @ w2) - y) / len(X)
        return X.T @ (delta @ w2.T * h * (1 - h)), h.T @ delta

    made = cr.diagnose_code(gradients=biasless)
    assert made.ok
    assert "The program has no biases" in made.notes[-1]
    (found,) = cr.diagnose_code(gradients=lambda w1, w2, X, y: negative(biasless(w1, w2, X, y))).findings
    assert found.mistake == 21
    assert cr.diagnose_code(gradients=lambda ws, X, y: biasless(ws[0], ws[1], X, y)).ok


def test_a_bias_gradient_of_integer_zeros() -> None:
    def frozen(weights: Any, biases: Any, X: Any, y: Any) -> Any:
        return gradients(weights, biases, X, y)[0], [[0] * len(b) for b in biases]

    (found,) = cr.diagnose_code(gradients=frozen).findings
    assert (found.mistake, found.layers) == (20, (3, 2, 1))
    with pytest.raises(ValueError, match=r"grad_weights\[0\] holds int64; gradients are fractions"):
        cr.diagnose_code(gradients=lambda w, b, X, y: ([np.ones(W.shape, dtype=int) for W in w], b))


def negative(tensors: Any) -> Any:
    return [-each for each in tensors]


def test_random_code_is_refused() -> None:
    def noisy(weights: Any, biases: Any, X: Any, y: Any) -> Any:
        dW, db = gradients(weights, biases, X, y)
        return [each * RNG.normal() for each in dW], db

    with pytest.raises(ValueError, match="gives other numbers when it is called again with the same arguments"):
        cr.diagnose_code(gradients=noisy)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda X, y: 0, TypeError, r"gradients takes \(X, y\) but must take the parameters and the samples"),
        (3, TypeError, "gradients must be a function such as .* got int"),
        (lambda w, b, X, y: 1 / 0, ValueError, "gradients raised ZeroDivisionError: division by zero"),
        (lambda w, b, X, y: None, ValueError, "it returned a NoneType"),
        (lambda w, b, X, y: (w, [np.zeros(99) for _ in b]), ValueError, r"grad_biases\[0\] has shape \(99,\)"),
        (lambda w, b, X, y: (w[:0], b[:0]), ValueError, "SIZES = "),
        (lambda p, X, y: {"W1": 0, "b1": 1}, ValueError, "a dict with the keys"),
        (lambda a, b, c, d, e, X, y: 0, ValueError, "no layout that is known"),
    ],
)
def test_what_cannot_be_asked(function: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        cr.diagnose_code(gradients=function)


def test_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="nothing to diagnose: pass gradients="):
        cr.diagnose_code()


@pytest.mark.parametrize(
    ("loss", "mistake", "said"),
    [
        (lambda p, y: np.mean((p - y) ** 2), 9, "mean half_squared_error|mean mean_squared_error"),
        (lambda p, y: -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)), 1, "the sum over the samples"),
        (lambda p, y: np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)), 21, "the negative"),
        (lambda p, y: np.mean(np.abs(p - y)), None, "the mean absolute error"),
        (lambda p, y: float(np.mean(np.abs(p - y) ** 3)), None, "none of the known ones"),
        (lambda p, y: np.nan, 27, "not one finite number"),
    ],
)
def test_a_printed_loss_that_is_not_the_optimized_one(loss: Any, mistake: int | None, said: str) -> None:
    (found,) = cr.diagnose_code(gradients=gradients, loss=loss).findings
    assert found.mistake == mistake
    assert any(each in found.message for each in said.split("|")), found.message


@pytest.mark.parametrize(
    ("accuracy", "said"),
    [
        (lambda p, y: 1 - np.abs(p - y).mean(), "1 minus the mean error"),
        (lambda p, y: (p == y).mean(), "without rounding"),
        (lambda p, y: ((p[:, 0] > 0.5) == (y > 0.5)).mean(), "n x n table"),
        (lambda p, y: 100 * ((p > 0.5) != (y > 0.5)).mean(), "the share of wrong answers"),
        (lambda p, y: 0.123, "The accuracy is 0.123"),
    ],
)
def test_an_accuracy_that_is_none(accuracy: Any, said: str) -> None:
    (found,) = cr.diagnose_code(accuracy=accuracy).findings
    assert said in found.message


def test_predictions() -> None:
    def biasless(weights: Any, biases: Any, X: Any) -> Any:
        return forward(weights, [0 * b for b in biases], X)

    (found,) = cr.diagnose_code(predict=biasless).findings
    assert found.mistake == 20
    (found,) = cr.diagnose_code(gradients=gradients, predict=lambda w, b, X: tanh_net(w, b, X)).findings
    assert "they are those of hidden='tanh', output='sigmoid'" in found.message


def tanh_net(weights: Any, biases: Any, X: Any) -> Any:
    for W, b in zip(weights[:-1], biases[:-1], strict=True):
        X = np.tanh(X @ W + b)
    return sigma(X @ weights[-1] + biases[-1])


def numerical(change: Callable[[float], float], factor: float = 1.0, of: str = "loss") -> Callable[..., Any]:
    def check(weights: Any, biases: Any, X: Any, y: Any) -> Any:
        def loss() -> float:
            p = forward(weights, biases, X)
            if of == "output":
                return float(p.sum())
            return change(float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))))

        found = []
        for tensor in (*weights, *biases):
            slopes = np.zeros_like(tensor)
            for k in range(tensor.size):
                at, values = tensor.flat[k], []
                for h in (1e-5, -1e-5):
                    tensor.flat[k] = at + h
                    values.append(loss())
                tensor.flat[k] = at
                slopes.flat[k] = factor * (values[0] - values[1]) / 2e-5
            found.append(slopes)
        return found[: len(weights)], found[len(weights) :]

    return check


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (numerical(lambda loss: loss), ""),
        (numerical(lambda loss: loss, 2.0), "2 times the right one"),
        (numerical(lambda loss: 0.0), "0 everywhere"),
        (numerical(lambda loss: loss**2), "times the right one"),
        (numerical(lambda loss: loss, of="output"), "not the derivative of the loss"),
    ],
)
def test_a_numerical_check(check: Any, said: str) -> None:
    made = cr.diagnose_code(gradients=gradients, numerical_gradients=check)
    assert [found.mistake for found in made.findings] == ([29] if said else [])
    assert all(said in found.message for found in made.findings)


def test_what_cannot_be_checked_besides_is_a_note() -> None:
    made = cr.diagnose_code(gradients=gradients, step=lambda a: a)
    assert made.ok
    assert "step was not checked: step takes (a)" in made.notes[-1]
    with pytest.raises(ValueError, match=r"step takes \(a\)"):
        cr.diagnose_code(step=lambda a: a)
