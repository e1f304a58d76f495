"""Graphs as other programs write them come back as networks that predict what onnxruntime computes; others do not."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from tests.exported_networks import CASES, network, scattered
from tests.onnx_graphs import SAMPLES, SPELLED, WEIGHTS, Node, between, model, run, s

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


def require_equal(made: Any, net: cr.Network, tolerance: float = 2e-6) -> None:
    y, wanted = net.predict(SAMPLES), run(made)
    size = np.abs(wanted).max()
    np.testing.assert_allclose(y / size, wanted.reshape(y.shape) / size, rtol=0, atol=tolerance)


@pytest.mark.parametrize("opset", [13, 17, 18, 20, 22])
def test_our_own_exports_come_back(opset: int) -> None:
    for activation, norm in CASES:
        net = network(activation, norm, "float32")
        back = cr.onnx.from_onnx(cr.onnx.to_onnx(net, target_opset=opset))
        assert [layer.activation for layer in back.structure.layers] == [
            layer.activation for layer in net.structure.layers
        ]
        if norm == "batch_norm":  # a part of the weights, there
            np.testing.assert_allclose(back.predict(SAMPLES), net.predict(SAMPLES), rtol=1e-4, atol=1e-5)
        else:
            assert back.numbers.tobytes() == net.numbers.tobytes(), (activation, norm)


def test_classifiers_come_back(tmp_path: Path) -> None:
    for net, classes in (
        (cr.Network([3, 4, 3], output="softmax", dtype="float32"), [5, -1, 7]),
        (cr.Network([3, 4, 1], dtype="float32"), ["no", "yes"]),
    ):
        cr.onnx.save(net, tmp_path / "m.onnx", classes=classes)
        found = cr.onnx.read(tmp_path / "m.onnx")
        assert found.classes == classes
        assert found.scaling is None
        assert found.network.numbers.tobytes() == net.numbers.tobytes()


@pytest.mark.parametrize(("name", "nodes", "constants"), SPELLED)
def test_activations_spelled_out(name: str, nodes: list[Node], constants: dict[str, Any]) -> None:
    for as_nodes in (False, True):
        made = model(between(*nodes), {**WEIGHTS, **constants}, as_nodes=as_nodes)
        net = cr.onnx.from_onnx(made)
        assert net.structure.layers[0].activation.name == name
        require_equal(made, net)


@pytest.mark.parametrize(("name", "nodes", "constants"), SPELLED)
def test_a_constant_that_is_off_is_no_such_activation(name: str, nodes: list[Node], constants: dict[str, Any]) -> None:
    for changed, value in constants.items():
        off = {**WEIGHTS, **constants, changed: value * 1.001 + 0.001 if value.dtype.kind == "f" else value + 1}
        made = model(between(*nodes), off)
        try:
            net = cr.onnx.from_onnx(made)
        except cr.onnx.OnnxImportError as error:
            message = str(error)
            assert message.startswith("node '")
        else:  # another parameter, or a factor that the next weights take
            require_equal(made, net)


@pytest.mark.parametrize(
    ("node", "activation"),
    [
        (("Elu", "z -> a", {"alpha": 0.7}), cr.activations.get("elu", alpha=0.7)),
        (("Celu", "z -> a", {"alpha": 0.7}), cr.activations.get("celu", alpha=0.7)),
        (("LeakyRelu", "z -> a"), cr.activations.get("leaky_relu")),
        (("Selu", "z -> a"), cr.activations.get("selu")),
        (("Gelu", "z -> a", {"approximate": "tanh"}), cr.activations.get("gelu_tanh")),
        (("Softmax", "z -> a", {"axis": 1}), cr.activations.get("softmax")),
    ],
)
def test_operators_with_parameters(node: Node, activation: Any) -> None:
    made = model(between(node), opset=20)
    net = cr.onnx.from_onnx(made)
    assert net.structure.layers[0].activation == activation
    require_equal(made, net)


def test_products_of_every_kind() -> None:
    relu = ("Relu", "z -> a")
    for constants in (WEIGHTS, {**WEIGHTS, "b0": np.array(0.5), "b1": WEIGHTS["b1"][None]}):
        turned = {**constants, "W0": WEIGHTS["W0"].T, "W1": WEIGHTS["W1"].T}
        for nodes, stored in (
            (
                [("Gemm", "x W0 b0 -> z", {"transB": 1}), ("Relu", "z -> a"), ("Gemm", "a W1 b1 -> y", {"transB": 1})],
                turned,
            ),
            (
                [("Gemm", "x W0 b0 -> z", {"alpha": 0.5, "beta": 2.0}), relu, ("Gemm", "a W1 -> y")],
                constants,
            ),
            ([("MatMul", "x W0 -> m"), ("Add", "b0 m -> z"), ("Relu", "z -> a"), ("MatMul", "a W1 -> y")], constants),
            (
                [
                    ("Transpose", "W0 -> V", {"perm": [1, 0]}),
                    ("MatMul", "x V -> m"),
                    ("Add", "m b0 -> z"),
                    ("Relu", "z -> a"),
                    ("Gemm", "a W1 b1 -> y", {"transB": 1}),
                ],
                turned,
            ),
            ([("MatMul", "x W0 -> z"), ("MatMul", "z W1 -> y")], constants),  # no activation between
        ):
            made = model(nodes, stored)
            require_equal(made, cr.onnx.from_onnx(made))


def test_what_changes_nothing() -> None:
    nodes = [
        ("Cast", "x -> c", {"to": 1}),
        ("Flatten", "c -> f"),
        ("Gemm", "f W0 b0 -> z"),
        ("Identity", "z -> i"),
        ("Relu", "i -> r"),
        ("Dropout", "r -> a"),
        ("Reshape", "a rows -> q"),
        ("MatMul", "q V -> m"),
        ("Add", "m k -> n"),
        ("Squeeze", "n last -> y"),
    ]
    made = model(
        nodes, {**WEIGHTS, "rows": np.array([-1, 5]), "V": WEIGHTS["W1"][:, :1], "k": s(0.5), "last": np.array([1])}
    )
    net = cr.onnx.from_onnx(made)
    assert str(net.structure) == "3-5-1"
    require_equal(made, net)


def test_a_single_output_without_its_axis() -> None:
    nodes: list[Node] = [
        *between(("Relu", "z -> a"))[:-1],
        ("Squeeze", "product last -> q"),
        ("Add", "q k -> r"),
        ("Sigmoid", "r -> y"),
    ]
    made = model(nodes, {**WEIGHTS, "W1": WEIGHTS["W1"][:, :1], "k": s(0.5), "last": np.array([1])})
    require_equal(made, cr.onnx.from_onnx(made))
    made.graph.node[-1].op_type = "Softmax"  # over the samples
    with pytest.raises(cr.onnx.OnnxImportError, match="node 'squeeze_3'"):
        cr.onnx.from_onnx(made)


def test_images_are_flattened() -> None:
    X = SAMPLES[:6].reshape(3, 2, 3)
    V = {
        **WEIGHTS,
        "W0": np.vstack([WEIGHTS["W0"], -WEIGHTS["W0"]]),
        "n": np.array(0),
        "axes": np.array([0]),
        "rest": np.array([-1]),
        "by": s(4),
    }
    for flatten in (
        [("Div", "x by -> d"), ("Flatten", "d -> f")],
        [
            ("Shape", "x -> h"),
            ("Gather", "h n -> g"),
            ("Unsqueeze", "g axes -> u"),
            ("Concat", "u rest -> c", {"axis": 0}),
            ("Reshape", "x c -> f"),
        ],
    ):
        made = model(
            [*flatten, ("Gemm", "f W0 b0 -> z"), ("Relu", "z -> a"), ("MatMul", "a W1 -> y")], V, shape=("N", 2, 3)
        )
        np.testing.assert_allclose(cr.onnx.from_onnx(made).predict(X.reshape(3, 6)), run(made, X), rtol=1e-5, atol=1e-5)
    with pytest.raises(cr.onnx.OnnxImportError, match=r"the input 'x' has shape \('N', 2, 3\); a network takes one"):
        cr.onnx.from_onnx(model(between(("Relu", "z -> a")), shape=("N", 2, 3)))


NORM = {"g": np.array([1.0, -2, 3, 0.5, 0]), "h": np.arange(5.0), "mu": np.ones(5), "var": np.array([1, 2, 3, 4, 0.5])}


def test_batch_normalization_stays_where_a_layer_has_it() -> None:
    norm = ("BatchNormalization", "z g h mu var -> n", {"epsilon": 1e-3, "momentum": 0.8})
    made = model(between(norm, ("Relu", "n -> a")), {**WEIGHTS, **NORM})
    net = cr.onnx.from_onnx(made)
    assert net.structure.layers[0].normalization == cr.BatchNorm(epsilon=1e-3, momentum=0.8)
    np.testing.assert_array_equal(net.running_statistics, np.concatenate([NORM["mu"], NORM["var"]]).astype(np.float32))
    np.testing.assert_array_equal(net.trained[0]["gamma"], NORM["g"])
    require_equal(made, net)
    for nodes in (  # after the activation, spelled out, and of the outputs: a part of the weights
        between(("Relu", "z -> r"), ("BatchNormalization", "r g h mu var -> a")),
        between(("Sub", "z mu -> d"), ("Mul", "d g -> e"), ("Add", "e h -> n"), ("Tanh", "n -> a")),
        [("Gemm", "x W0 b0 -> z"), ("BatchNormalization", "z g h mu var -> y")],
    ):
        made = model(nodes, {**WEIGHTS, **NORM})
        net = cr.onnx.from_onnx(made)
        assert all(layer.normalization is None for layer in net.structure.layers)
        require_equal(made, net)


def test_layer_normalization() -> None:
    spelled: list[Node] = [  # torch.onnx.export before opset 17
        ("ReduceMean", "z -> m", {"axes": [-1]}),
        ("Sub", "z m -> d"),
        ("Pow", "d two -> q"),
        ("ReduceMean", "q -> v", {"axes": [-1]}),
        ("Add", "v eps -> w"),
        ("Sqrt", "w -> r"),
        ("Div", "d r -> e"),
        ("Mul", "e g -> f"),
        ("Add", "f h -> n"),
    ]
    for nodes, epsilon in ((spelled, 1e-3), ([("LayerNormalization", "z g h -> n", {"epsilon": 1e-3})], 1e-3)):
        made = model(between(*nodes, ("Relu", "n -> a")), {**WEIGHTS, **NORM, "two": s(2), "eps": s(epsilon)})
        net = cr.onnx.from_onnx(made)
        assert net.structure.layers[0].normalization == cr.LayerNorm(epsilon=1e-3)
        np.testing.assert_array_equal(net.trained[0]["beta"], NORM["h"])
        require_equal(made, net)


def test_double_precision() -> None:
    made = model(between(("Tanh", "z -> a")), dtype="float64")
    net = cr.onnx.from_onnx(made)
    assert net.parameters.dtype == np.float64
    require_equal(made, net, 1e-14)


def test_scalers_in_front() -> None:
    constants = {**WEIGHTS, "mu": np.array([1.0, 2, 3]), "sd": np.array([2.0, 4, 0.5])}
    scaler = ("Scaler@ai.onnx.ml", "x -> s", {"offset": [1.0, 2.0, 3.0], "scale": [0.5, 0.25, 2.0]})
    imputer = (
        "Imputer@ai.onnx.ml",
        "x -> s",
        {"imputed_value_floats": [1.0, 2.0, 3.0], "replaced_value_float": np.nan},
    )
    rest: list[Node] = [("Gemm", "s W0 b0 -> z"), ("Relu", "z -> a"), ("MatMul", "a W1 -> y")]
    for front in ([scaler], [("Sub", "x mu -> c"), ("Div", "c sd -> s")]):
        made = model([*front, *rest], constants)
        net = cr.onnx.from_onnx(made)
        assert net.parameters.dtype == np.float64
        require_equal(made, net)
    require_equal(model([imputer, *rest], constants), cr.onnx.from_onnx(model([imputer, *rest], constants)))


def test_targets_after_an_activation_are_read_apart(tmp_path: Path) -> None:
    tail: list[Node] = [("Softplus", "product -> p"), ("Mul", "p k -> q"), ("Add", "q b1 -> y")]
    nodes = [*between(("Relu", "z -> a"))[:-1], *tail]
    made = model(nodes, {**WEIGHTS, "k": s(3)})
    with pytest.raises(cr.onnx.OnnxImportError, match=r"softplus, gives is scaled, .*read gives the"):
        cr.onnx.from_onnx(made)
    onnx.save(made, tmp_path / "m.onnx")
    found = cr.onnx.read(tmp_path / "m.onnx")
    assert found.scaling is not None
    np.testing.assert_allclose(found.scaling.outputs(found.network.predict(SAMPLES)), run(made), rtol=1e-5)


@pytest.mark.parametrize(
    ("nodes", "constants", "message"),
    [
        ([("Sin", "z -> a")], {}, r"node 'sin_1' \(Sin\): chainrule has no layer with this operator"),
        ([("ThresholdedRelu", "z -> a")], {}, "'thresholdedrelu_1'"),
        ([("Clip", "z zero six -> a")], {"zero": s(0), "six": s(6)}, r"node 'clip_1' \(Clip\): what it computes is no"),
        ([("Exp", "z -> a")], {}, r"node 'exp_1' \(Exp\)"),
        ([("Relu", "z -> r"), ("Add", "r z -> a")], {}, r"node 'add_2' \(Add\)"),
        ([("Relu", "z -> r"), ("Tanh", "r -> a")], {}, r"node 'tanh_2' \(Tanh\): it follows relu without a matrix"),
        ([("HardSigmoid", "z -> a")], {}, "alpha and beta are 0.2 and 0.5, but hard_sigmoid's are 1/6"),
        ([("Selu", "z -> a", {"alpha": 1.0})], {}, "'selu_1'.*but selu's are"),
        ([("LeakyRelu", "z -> a", {"alpha": -0.5})], {}, "'leakyrelu_1'.*negative_slope"),
        ([("Softmax", "z -> a", {"axis": 0})], {}, "its axis must be that of the units"),
        ([("Dropout", "z half on -> a")], {"half": s(0.5), "on": np.array(True)}, "'dropout_1'.*training mode"),
        ([("Reshape", "z r -> a")], {"r": np.array([5, -1])}, "'reshape_1'.*must keep samples as rows, of 5 numbers"),
        ([("Cast", "z -> a", {"to": 6})], {}, "'cast_1'.*it rounds"),
        ([("Add", "z k -> a")], {"k": np.ones((2, 5))}, r"'add_1'.*constant of shape \(2, 5\) is not one a unit"),
        ([("Mul", "z k -> a")], {"k": np.ones(4)}, r"could not be broadcast together with shapes \(5,\) \(4,\)"),
        ([("Add", "z nothing -> a")], {}, "takes 'nothing', which nothing before it gives"),
        (
            [("Add", "b z -> a"), ("Relu", "a -> b")],
            {},
            "takes 'b', which nothing before it gives: the graph has a loop",
        ),
        ([("Tanh", "z -> a"), ("Relu", "z -> a")], {}, "it gives a tensor that there is already"),
        ([("Pow", "z k -> a")], {"k": s(2.5)}, "no activation has a power by 2.5"),
        ([("Relu@com.example", "z -> a")], {}, r"'relu_1' \(com.example::Relu\)"),
    ],
)
def test_what_is_refused_names_the_node(nodes: list[Node], constants: dict[str, Any], message: str) -> None:
    with pytest.raises(cr.onnx.OnnxImportError, match=message):
        cr.onnx.from_onnx(model(between(*nodes), {**WEIGHTS, **constants}))


def test_graphs_that_are_no_network() -> None:
    for nodes, message, more in (
        ([("Relu", "x -> y")], "applied to the network's input, before any matrix product", {}),
        ([("Identity", "x -> y")], "the graph has no layer", {}),
        ([("Sub", "x b1 -> c"), ("Gemm", "c W0 -> y")], "input .x.: it works with 2 numbers", {}),
        ([("Reshape", "W0 x -> y")], "it reshapes a constant", {}),
        ([("MatMul", "W0 x -> y")], "must be a constant, but it is computed", {}),
        ([("Gemm", "x W1 -> y")], "input has 3 numbers a sample, but the first product takes 5", {}),
        ([("Gemm", "x W0 -> z"), ("MatMul", "z W0 -> y")], "takes 3 columns, but what it multiplies has 5", {}),
        (
            [("Gemm", "x W0 -> y"), ("Relu", "y -> q")],
            "one output besides labels, but the graph has",
            {"outputs": ["y", "q"]},
        ),
        ([("Gemm", "x W0 -> z"), ("Relu", "z -> q")], "nothing in the graph gives its output 'y'|one input", {}),
        ([("Gemm", "x W0 -> z"), ("LayerNormalization", "z b0 b0 -> y")], "normalizes the outputs", {}),
        ([("Gemm", "x W0 -> y")], "the model says opset 999", {"opset": 999}),
    ):
        with pytest.raises(cr.onnx.OnnxImportError, match=message):
            cr.onnx.from_onnx(model(nodes, **more))
    with pytest.raises(TypeError, match=r"model must be an onnx\.ModelProto, got str; for a file there is load"):
        cr.onnx.from_onnx("m.onnx")


def test_graphs_that_blow_up() -> None:
    doubling: list[Node] = [
        ("Mul", f"{'z' if i == 0 else f't{i}'} {'z' if i == 0 else f't{i}'} -> t{i + 1}") for i in range(80)
    ]
    with pytest.raises(cr.onnx.OnnxImportError, match="more than 1000 operations between two matrix products"):
        cr.onnx.from_onnx(model(between(*doubling, ("Relu", "t80 -> a"))))
    outer = {**WEIGHTS, "row": np.ones((1, 1000)), "column": np.ones((1000, 1))}
    with pytest.raises(cr.onnx.OnnxImportError, match=r"it makes more of constants of the shapes .* than they hold"):
        cr.onnx.from_onnx(model([("Add", "row column -> V"), ("MatMul", "x V -> y")], outer))
    made = model(between(("Relu", "z -> a")))
    made.graph.initializer[0].dims[:] = [2**40, 2**40]
    with pytest.raises(cr.onnx.OnnxImportError, match="tensor 'W0' has 60 bytes, but by its shape"):
        cr.onnx.from_onnx(made)


def test_scikit_learns_converter() -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32) * 3 + 5
    hidden = {"hidden_layer_sizes": (4, 3), "max_iter": 3, "random_state": 0}
    for estimator, y in (
        *((MLPRegressor(activation=f, **hidden), X[:, 0]) for f in ("identity", "logistic", "tanh", "relu")),
        (MLPRegressor(**hidden), X[:, :2]),
        (MLPClassifier(**hidden), X[:, 0] > 5),
        (MLPClassifier(**hidden), np.array(["a", "b", "c"])[np.arange(40) % 3]),
        (make_pipeline(StandardScaler(), MLPClassifier(**hidden)), np.arange(40) % 3),
    ):
        with pytest.warns(ConvergenceWarning):
            estimator.fit(X, y)
        net = cr.onnx.from_onnx(skl2onnx.to_onnx(estimator, X[:1]))
        classifies = hasattr(estimator, "predict_proba")
        wanted = estimator.predict_proba(X) if classifies else estimator.predict(X).reshape(len(X), -1)
        if classifies and net.structure.sizes[-1] == 1:
            wanted = wanted[:, 1:]
        np.testing.assert_allclose(net.predict(X), wanted, rtol=1e-4, atol=1e-5)


# --- Files.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "m.onnx"


@pytest.fixture
def external(path: Path) -> Any:
    """A model with its tensors in the file `weights` beside it."""
    path.parent.mkdir()
    made = model(between(("Relu", "z -> a")))
    onnx.save(copy.deepcopy(made), path, save_as_external_data=True, location="weights", size_threshold=0)
    return made


def relocated(path: Path, location: str) -> None:
    made = onnx.load(path, load_external_data=False)
    for tensor in made.graph.initializer:
        for entry in tensor.external_data:
            entry.value = location if entry.key == "location" else entry.value
    path.write_bytes(made.SerializeToString())


def test_external_data(path: Path, external: Any) -> None:
    require_equal(external, cr.onnx.load(path))
    with pytest.raises(cr.onnx.OnnxImportError, match=r"stored in the file 'weights' .* give chainrule\.onnx\.load"):
        cr.onnx.from_onnx(onnx.load(path, load_external_data=False))
    content = (path.parent / "weights").read_bytes()
    (path.parent / "weights").write_bytes(content[:20])
    with pytest.raises(cr.onnx.OnnxImportError, match=r"m\.onnx: tensor 'W0' .* but the file has 20: it is cut off"):
        cr.onnx.load(path)
    (path.parent / "weights").unlink()
    with pytest.raises(cr.onnx.OnnxImportError, match="stored in 'weights', but beside the model is no such file"):
        cr.onnx.load(path)


def test_external_data_never_leave_the_folder(path: Path, external: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = path.parent.parent / "secret"
    (path.parent / "weights").rename(outside)
    (path.parent / "link").symlink_to(outside)
    (path.parent / "up").symlink_to(path.parent.parent)
    opened: list[Path] = []
    monkeypatch.setattr(Path, "open", lambda self, *_: opened.append(self))
    for location in (
        str(outside),
        "../secret",
        "a/../../secret",
        "..\\secret",
        "C:\\secret",
        "link",
        "up/secret",
        "",
        "a\0b",
    ):
        made = onnx.load(path, load_external_data=False)
        for tensor in made.graph.initializer:
            for entry in tensor.external_data:
                entry.value = location if entry.key == "location" else entry.value
        monkeypatch.setattr("chainrule.interop.onnx.reading.parsed", lambda _, made=made: made)
        with pytest.raises(cr.onnx.OnnxImportError, match=r"tensor 'W0' is stored in .* not inside the model's folder"):
            cr.onnx.load(path)
    assert opened == []


def test_links_inside_the_folder_are_followed(path: Path, external: Any) -> None:
    (path.parent / "link").symlink_to("weights")
    relocated(path, "link")
    require_equal(external, cr.onnx.load(path))


def test_a_file_cut_at_every_byte(tmp_path: Path) -> None:
    net = scattered(cr.Network([3, 3, 1], hidden="gelu", normalization="layer_norm", dtype="float32"))
    path = tmp_path / "m.onnx"
    cr.onnx.save(net, path)
    content, n_refused = path.read_bytes(), 0
    for size in range(len(content)):
        path.write_bytes(content[:size])
        try:
            found = cr.onnx.load(path)
        except cr.onnx.OnnxImportError as error:
            message = str(error)
            assert message.startswith(f"{path}: ")
            n_refused += 1
        else:
            assert found.predict(SAMPLES).tobytes() == net.predict(SAMPLES).tobytes()
    assert n_refused > 0.9 * len(content)


def test_no_onnx_at_all(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    for content in (b"", b"hello, world", b"\0" * 100, b"\xff" * 100):
        path.write_bytes(content)
        with pytest.raises(cr.onnx.OnnxImportError, match=r"m\.onnx: .*no ONNX file"):
            cr.onnx.load(path)
    with pytest.raises(FileNotFoundError):
        cr.onnx.load(tmp_path / "none.onnx")
