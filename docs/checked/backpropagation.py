"""Section 2.3 of the report: every formula of the forward and the backward pass, and what is said around them."""

import math

import numpy as np

import chainrule as cr
from chainrule.backprop import Backprop, backprop
from chainrule.experiments.printed import XOR
from checked.printed_formula import FOUR, LOSS, ONE, TANH, case, times
from checked.verdicts import CONDITION, GARBLED, RIGHT, SEEDS, TOLERANCE, WRONG, Section, digits

BACKPROPAGATION = Section("2.3", "2.3 Backpropagation")
SECTIONS = [BACKPROPAGATION]


def unit(weight: float, x: float, y: float, loss: str) -> Backprop:
    """One sigmoid unit without bias on one sample."""
    net = cr.Network([1, 1], seed=0)
    net.parameters[...] = weight, 0
    return backprop(net.structure, net.parameters, np.array([[x]]), np.array([[y]]), cr.losses.get(loss))


BACKPROPAGATION.remark(
    "“we'll have to calculate the gradient for both weight and bias terms”", "A plan, carried out below."
)


@BACKPROPAGATION.claim("“The update degree is decided by the loss”", CONDITION)
def decided_by_loss() -> tuple[bool, str]:
    near, far = unit(1.0, 1.0, 1.0, "binary_cross_entropy"), unit(0.1, 10.0, 1.0, "binary_cross_entropy")
    ratio = float(far.grad_weight[0][0, 0] / near.grad_weight[0][0, 0])
    return math.isclose(near.loss, far.loss) and ratio > 2, (
        "By the derivative of the loss, not by its value. One sigmoid unit with w = 1, x = 1 and with w = 0.1, x = 10 "
        f"has the same output and the same loss, {digits(near.loss)} (y = 1); the gradient is {digits(ratio)} times as "
        "large. Learning rate and momentum enter as well."
    )


@BACKPROPAGATION.claim("“The larger the loss is, the greater the update degree is”", WRONG)
def larger_loss_larger_update() -> tuple[bool, str]:
    slight, gross = (unit(w, 1.0, 1.0, "half_squared_error") for w in (-2.0, -10.0))
    slopes = [abs(float(p.grad_weight[0][0, 0])) for p in (slight, gross)]
    zero = cr.Network([2, 3, 3, 1], initializer="zeros", seed=0).gradients(*cr.datasets.xor())
    hidden = max(float(np.abs(g).max()) for g in (*zero.weights[:2], *zero.biases[:2]))
    gaps = []
    for seed in range(20):
        q = case(ONE, seed).values
        gaps.append(abs(abs(q["da", 2][0, 0]) - (1 - math.exp(-q[LOSS][0, 0]))))
    return gross.loss > slight.loss and slopes[1] < slopes[0] and hidden == 0 and max(gaps) < 1e-12, (
        "Not in general. Squared error and one saturated sigmoid unit: when the pre-activation goes from −2 to −10 (y "
        f"= 1), the loss grows from {digits(slight.loss)} to {digits(gross.loss)} and the gradient falls from "
        f"{digits(slopes[0])} to {digits(slopes[1])}. XOR from zero weights: the loss is {digits(zero.loss)}, the "
        f"gradient of every hidden weight and bias exactly {hidden:g}. It holds in one sense: for one sample, sigmoid "
        r"and cross entropy, $da = \hat a - y$ at the output has the size 1 − e^−loss, which grows with the loss (20 "
        "networks)."
    )


@BACKPROPAGATION.claim(r"“ith input vector and output vector as $a^{(i)}$ and $\hat a^{(i)}$”", CONDITION)
def vectors() -> tuple[bool, str]:
    names = case(ONE, 0).values
    return ("a", 0) not in names and ("â", 0) in names, (
        r"Notation: what goes into the activation of layer i, and what comes out of it. For i = 0, the network's "
        r"input, there is only $\hat a^{(0)}$."
    )


BACKPROPAGATION.remark("The drawing of the network", "It is not in our copy.", GARBLED)


@BACKPROPAGATION.claim("“input layer of size 2, a hidden layer with size 3 and an output layer with size 1”", RIGHT)
def sizes_of_the_example() -> tuple[bool, str]:
    shapes = [case(ONE, 0).values["w", i].shape for i in (1, 2)]
    return shapes == [(2, 3), (3, 1)], (
        f"A setting: weights of {times(shapes[0])} and {times(shapes[1])}, the sizes of the matrices below."
    )


@BACKPROPAGATION.claim("“Each layer except for the output layer has an bias term”", CONDITION)
def bias_of_each_layer() -> tuple[bool, str]:
    sizes = [case(ONE, 0).values["b", i].size for i in (1, 2)]
    total = sum(sizes) + sum(case(ONE, 0).values["w", i].size for i in (1, 2))
    return sizes == [3, 1], (
        f"As in §biases§. In the formulas below, the hidden layer has the {sizes[0]} biases $b^{{(1)}}$ and the output "
        f"layer the one bias $b^{{(2)}}$; with the weights, 2-3-1 has {total} parameters."
    )


@BACKPROPAGATION.claim(
    "“each layer will pass through an activation function before it goes onto the next layer”", CONDITION
)
def each_layer_activated() -> tuple[bool, str]:
    q = case(FOUR, 0).values
    return float(q["â", 0].min()) < 0 and float(q["â", 2].min()) > 0, (
        "Every layer but the input, which is used as it is: our inputs may be negative, which no sigmoid is. The "
        "output passes through one too, though no layer follows."
    )


BACKPROPAGATION.remark(
    "“we use cross entropy to calculate the loss”", "A setting. The formula is not printed; see §loss_of_what§."
)


@BACKPROPAGATION.claim("“We first randomize all the parameters … weight matrices … and bias terms”", CONDITION)
def randomize_all() -> tuple[bool, str]:
    X, y = cr.datasets.xor()
    same = cr.Network([2, 3, 1], initializer=cr.initializers.get("constant", value=0.5), seed=0)
    same.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.9), epochs=100, verbose=0)
    copies = bool(np.all(same.weights[0] == same.weights[0][:, :1]))
    net = cr.Network([2, 3, 1], seed=0)
    alive = bool(np.all(net.gradients(X, y).parameters != 0))
    return copies and alive, (
        "Needed for the weights: with all weights 0.5, the three hidden units are still equal, bit for bit, after 100 "
        "epochs of XOR. Not for the biases: with random weights and zero biases no entry of the gradient is zero, and "
        "no two units are equal."
    )


BACKPROPAGATION.remark("“conclude a general formula to update all the parameters”", "A plan; see §formula_to_update§.")

A0 = r"\begin{bmatrix} \hat{a}_{11}^{(0)} & \hat{a}_{12}^{(0)} \end{bmatrix}"
BACKPROPAGATION.equation("Input, weights and biases", r"\hat{a}^{(0)}", (A0, "One sample, a row of two features."))
BACKPROPAGATION.equation(
    "Input, weights and biases",
    "w^{(1)}",
    (
        r"\begin{bmatrix} w_{11}^{(1)} & w_{12}^{(1)} & w_{13}^{(1)} \\ w_{21}^{(1)} & w_{22}^{(1)} & w_{23}^{(1)}"
        r" \end{bmatrix}",
        "From unit (row) to unit (column): 2 × 3.",
    ),
)
BACKPROPAGATION.equation(
    "Input, weights and biases",
    "b^{(1)}",
    (r"\begin{bmatrix} b_{11}^{(1)} & b_{12}^{(1)} & b_{13}^{(1)} \end{bmatrix}", "One for each hidden unit."),
)
BACKPROPAGATION.equation(
    "Input, weights and biases",
    "w^{(2)}",
    (
        r"\begin{bmatrix} w_{12}^{(2)} \\ w_{21}^{(2)} \\ w_{31}^{(2)} \end{bmatrix}",
        "The first index is the unit that the weight leaves, the second the unit that it enters; there is one output.",
        {(1, 1): "w_{11}^{(2)}"},
    ),
)
BACKPROPAGATION.equation(
    "Input, weights and biases",
    "b^{(2)}",
    (r"\begin{bmatrix} b_{11}^{(2)} \end{bmatrix}", "One for the output unit."),
)
BACKPROPAGATION.equation(
    "Forward, in general",
    r"\hat{a}^{(i)}",
    (
        r"\sigma(a^{(i)}w^{(i+1)} + b^{(i+1)})",
        r"The hat is missing on the right, and the layer on the left is one too low.",
        {(0, 0): r"\sigma(\hat{a}^{(i)}w^{(i+1)} + b^{(i+1)})"},
    ),
    left_fix=r"\hat{a}^{(i+1)}",
    layers=(0, 1),
)
FORWARD_ROW = (
    r"\left[ (\hat{a}_{11}^{(0)} w_{11}^{(1)} + \hat{a}_{12}^{(0)} w_{21}^{(1)}) + b_{11}^{(1)} \quad"
    r" (\hat{a}_{11}^{(0)} w_{12}^{(1)} + \hat{a}_{12}^{(0)} w_{22}^{(1)}) + b_{12}^{(1)} \quad"
    r" (\hat{a}_{11}^{(0)} w_{13}^{(1)} + \hat{a}_{12}^{(0)} w_{23}^{(1)}) + b_{13}^{(1)} \right]"
)
BACKPROPAGATION.equation(
    "Forward, the hidden layer",
    "a^{(1)}",
    (FORWARD_ROW, r"$\hat a^{(0)} w^{(1)} + b^{(1)}$, written out."),
    (r"\left[ a_{11}^{(1)} \quad a_{12}^{(1)} \quad a_{13}^{(1)} \right]", "Names for the entries."),
)
BACKPROPAGATION.equation(
    "Forward, the hidden layer",
    r"\hat{a}^{(1)}",
    (r"\left[ \sigma(a_{11}^{(1)}) \quad \sigma(a_{12}^{(1)}) \quad \sigma(a_{13}^{(1)}) \right]", "The activation."),
    (r"\left[ \hat{a}_{11}^{(1)} \quad \hat{a}_{12}^{(1)} \quad \hat{a}_{13}^{(1)} \right]", "Names for the entries."),
)
BACKPROPAGATION.equation(
    "Forward, the output layer",
    "a^{(2)}",
    (
        r"\left[ (\hat{a}_{11}^{(1)} w_{11}^{(2)} + \hat{a}_{12}^{(1)} w_{21}^{(2)} + \hat{a}_{13}^{(1)} w_{31}^{(2)})"
        r" + b_{11}^{(2)} \right]",
        r"$\hat a^{(1)} w^{(2)} + b^{(2)}$, written out; here the first weight is $w_{11}$, as it should be.",
    ),
    (r"\left[ a_{11}^{(2)} \right]", "A name for the entry."),
)
BACKPROPAGATION.equation(
    "Forward, the output layer", r"\hat{a}^{(2)}", (r"\left[ \sigma(a_{11}^{(2)}) \right]", "The activation.")
)


@BACKPROPAGATION.claim(r"$L(\theta) = L(\hat a^{(2)})$, “the loss function which is predefined before”", CONDITION)
def loss_of_what() -> tuple[bool, str]:
    worst, losses = 0.0, [-math.log(0.8), -math.log(1 - 0.8)]
    for seed in SEEDS:
        network = case(ONE, seed)
        p, y = network.values["â", 2], network.y
        for name, formula in ((("dâ", 2), (p - y) / (p * (1 - p))), (("da", 2), p - y)):
            worst = max(worst, float(np.max(np.abs(formula / network.truth(name) - 1))))
    return worst < TOLERANCE and losses[0] != losses[1], (
        "It depends on the answer y too: at an output of 0.8 the cross entropy is "
        f"{digits(losses[0])} if y = 1 and {digits(losses[1])} if y = 0. The report names it and never writes it down: "
        r"for one sample $L = -(y \ln \hat a + (1 - y) \ln(1 - \hat a))$, for several the mean of that "
        r"(§linear_predictions§). Nor does it say what its derivative is: "
        r"$d\hat a^{(2)} = (\hat a - y) / (\hat a (1 - \hat a))$, so that $da^{(2)} = \hat a - y$; both agree with "
        "differences."
    )


BACKPROPAGATION.equation(
    r"$d\hat a^{(2)}$ and $da^{(2)}$: the gradient at the output",
    r"d\hat{a}^{(2)}",
    (r"\left[\frac{\partial L}{\partial \hat{a}_{11}^{(2)}}\right]", "The definition."),
    (r"\left[d\hat{a}_{11}^{(2)}\right]", "A name for the entry."),
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(2)}$ and $da^{(2)}$: the gradient at the output",
    "da^{(2)}",
    (r"\left[\frac{\partial L}{\partial a_{11}^{(2)}}\right]", "The definition."),
    (
        r"\left[\frac{\partial L}{\partial \hat{a}_{11}^{(2)}} \frac{\partial \hat{a}_{11}^{(2)}}"
        r"{\partial a_{11}^{(2)}}\right]",
        "The chain rule.",
    ),
    (r"\left[d\hat{a}_{11}^{(2)}(\hat{a}_{11}^{(2)})(1 - \hat{a}_{11}^{(2)})\right]", "The slope of the sigmoid."),
    (r"\left[da_{11}^{(2)}\right]", "A name for the entry."),
)
BACKPROPAGATION.equation(
    "$dw^{(2)}$: the weights of the output layer",
    "dw^{(2)}",
    (
        r"\begin{bmatrix} \frac{\partial L}{\partial w_{11}^{(2)}} \\ \frac{\partial L}{\partial w_{11}^{(2)}} \\"
        r" \frac{\partial L}{\partial w_{31}^{(2)}} \end{bmatrix}",
        "The entry above it is repeated.",
        {(2, 1): r"\frac{\partial L}{\partial w_{21}^{(2)}}"},
    ),
    (
        r"\begin{bmatrix} da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial w_{11}^{(2)}} \\"
        r" da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial w_{21}^{(2)}} \\"
        r" da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial w_{31}^{(2)}} \end{bmatrix}",
        "The chain rule.",
    ),
    (
        r"\begin{bmatrix} da_{11}^{(2)} \hat{a}_{11}^{(1)} \\ da_{11}^{(2)} \hat{a}_{12}^{(1)} \\"
        r" da_{11}^{(2)} \hat{a}_{13}^{(1)} \end{bmatrix}",
        r"$a$ is linear in $w$, with factor $\hat a$.",
    ),
    (r"\begin{bmatrix} dw_{11}^{(2)} \\ dw_{21}^{(2)} \\ dw_{31}^{(2)} \end{bmatrix}", "Names for the entries."),
)
BACKPROPAGATION.equation(
    "$db^{(2)}$: the bias of the output layer",
    "db^{(2)}",
    (r"\begin{bmatrix} \frac{\partial L}{\partial b_{11}^{(2)}} \end{bmatrix}", "The definition."),
    (
        r"\begin{bmatrix} da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial b_{11}^{(2)}} \end{bmatrix}",
        "The chain rule.",
    ),
    (r"\begin{bmatrix} da_{11}^{(2)} (1) \end{bmatrix}", "$a$ is linear in $b$, with factor 1."),
    (r"\begin{bmatrix} db_{11}^{(2)} \end{bmatrix}", "A name for the entry."),
)
DA1 = (
    r"\begin{bmatrix} da_{11}^{(2)} w_{11}^{(2)} & da_{11}^{(2)} w_{21}^{(2)} & da_{11}^{(2)} w_{31}^{(2)}"
    r" \end{bmatrix}"
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(1)}$: what the hidden layer gives",
    r"d\hat{a}^{(1)}",
    (
        r"\begin{bmatrix} \frac{\partial L}{\partial \hat{a}_{11}^{(1)}} & "
        r"\frac{\partial L}{\partial \hat{a}_{12}^{(1)}} & \frac{\partial L}{\partial \hat{a}_{13}^{(1)}} "
        r"\end{bmatrix}",
        "The definition.",
    ),
    (
        r"\begin{bmatrix} da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial \hat{a}_{11}^{(1)}} &"
        r" da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial \hat{a}_{11}^{(2)}} & da_{11}^{(2)}"
        r" \frac{\partial a_{11",
        "Index and layer are wrong in the second entry. The third is cut off in our copy, which then repeats the line.",
        {
            (1, 2): r"da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial \hat{a}_{12}^{(1)}}",
            (1, 3): r"da_{11}^{(2)} \frac{\partial a_{11}^{(2)}}{\partial \hat{a}_{13}^{(1)}}",
        },
    ),
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(1)}$, as our copy repeats it",
    "da^{(1)}",
    (
        r"\begin{bmatrix} \overline{\partial} \hat{a}_{11}^{(1)} & \overline{\partial} \hat{a}_{12}^{(1)} &"
        r" \overline{\partial} \hat{a}_{13}^{(1)} \end{bmatrix}",
        "Presumably the definition, misread by the machine that made the copy.",
    ),
    (
        r"\begin{bmatrix} da_{11} & \overline{\partial} \hat{a}_{11}^{(1)} & da_{11} & \overline{\partial}"
        r" \hat{a}_{12}^{(1)} & da_{11} & \overline{\partial} \hat{a}_{13}^{(1)} \end{bmatrix}",
        "Presumably the chain rule, misread.",
    ),
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(1)}$, as our copy repeats it",
    "da^{(1)}",
    (DA1, r"The matrix is right: it is $d\hat a^{(1)}$. The missing hat is presumably the copy's."),
    left_fix=r"d\hat{a}^{(1)}",
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(1)}$, as our copy repeats it",
    r"d\hat{a}^{(1)}",
    (
        r"\begin{bmatrix} d\hat{a}_{11}^{(1)} & d\hat{a}_{12}^{(1)} & d\hat{a}_{13}^{(1)} \end{bmatrix}",
        r"Names for the entries, read with $d\hat a^{(1)}$ on the left.",
    ),
)
BACKPROPAGATION.equation(
    "$da^{(1)}$: what goes into the hidden layer",
    "da^{(1)}",
    (
        r"\begin{bmatrix} \frac{\partial L}{\partial a_{11}^{(1)}} & \frac{\partial L}{\partial a_{12}^{(1)}} &"
        r" \frac{\partial L}{\partial a_{13}^{(1)}} \end{bmatrix}",
        "The definition.",
    ),
    (
        r"\begin{bmatrix} d\hat{a}_{11}^{(1)} \frac{\partial \hat{a}_{11}^{(1)}}{\partial a_{11}^{(1)}} &"
        r" d\hat{a}_{12}^{(1)} \frac{\partial \hat{a}_{12}^{(1)}}{\partial a_{12}^{(1)}} &"
        r" d\hat{a}_{13}^{(1)} \frac{\partial \hat{a}_{13}^{(1)}}{\partial a_{13}^{(1)}} \end{bmatrix}",
        "The chain rule.",
    ),
    (
        r"\begin{bmatrix} d\hat{a}_{11}^{(1)} (\hat{a}_{11}^{(1)}) (1 - \hat{a}_{11}^{(1)}) &"
        r" d\hat{a}_{12}^{(1)} (\hat{a}_{12}^{(1)}) (1 - \hat{a}_{12}^{(1)}) &"
        r" d\hat{a}_{13}^{(1)} (\hat{a}_{13}^{(1)}) (1 - \hat{a}_{13}^{(1)}) \end{bmatrix}",
        "The slope of the sigmoid.",
    ),
    (r"\begin{bmatrix} da_{11}^{(1)} & da_{12}^{(1)} & da_{13}^{(1)} \end{bmatrix}", "Names for the entries."),
)
BACKPROPAGATION.equation(
    "$dw^{(1)}$: the weights of the hidden layer",
    "dw^{(1)}",
    (
        r"\begin{bmatrix} \frac{\partial L}{\partial w_{1}^{(1)}} & \frac{\partial L}{\partial w_{1}^{(1)}} &"
        r" \frac{\partial L}{\partial w_{1}^{(1)}} \\ \frac{\partial L}{\partial w_{21}^{(1)}} &"
        r" \frac{\partial L}{\partial w_{22}^{(1)}} & \frac{\partial L}{\partial w_{23}^{(1)}} \end{bmatrix}",
        "The second index is lost in the first row, perhaps by the copy.",
        {(1, j): rf"\frac{{\partial L}}{{\partial w_{{1{j}}}^{{(1)}}}}" for j in (1, 2, 3)},
    ),
    (
        r"\begin{bmatrix} da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial w_{11}^{(1)}} &"
        r" da_{12}^{(1)} \frac{\partial a_{12}^{(1)}}{\partial w_{12}^{(1)}} &"
        r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial w_{13}^{(1)}} \\"
        r" da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial w_{21}^{(1)}} &"
        r" da_{12}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial w_{22}^{(1)}} &"
        r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial w_{23}^{(1)}} \end{bmatrix}",
        "The weight $w_{22}$ does not enter $a_{13}$: as printed the entry is 0.",
        {(2, 2): r"da_{12}^{(1)} \frac{\partial a_{12}^{(1)}}{\partial w_{22}^{(1)}}"},
    ),
    (
        r"\begin{bmatrix} da_{11}^{(1)} \hat{a}_{11}^{(0)} & da_{12}^{(1)} \hat{a}_{11}^{(0)} &"
        r" da_{13}^{(1)} \hat{a}_{12}^{(0)} \\ da_{11}^{(1)} \hat{a}_{12}^{(0)} & da_{12}^{(1)} \hat{a}_{12}^{(0)} &"
        r" da_{13}^{(1)} \hat{a}_{12}^{(0)} \end{bmatrix}",
        "The first row belongs to the first input.",
        {(1, 3): r"da_{13}^{(1)} \hat{a}_{11}^{(0)}"},
    ),
    (
        r"\begin{bmatrix} dw_{11}^{(1)} & dw_{12}^{(1)} & dw_{13}^{(1)} \\ dw_{21}^{(1)} & dw_{22}^{(1)} & "
        r"dw_{23}^{(1)} \end{bmatrix}",
        "Names for the entries.",
    ),
)
BACKPROPAGATION.equation(
    "$db^{(1)}$: the biases of the hidden layer",
    "db^{(1)}",
    (
        r"\left[ da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial b_{11}^{(1)}} \quad"
        r" da_{12}^{(1)} \frac{\partial a_{12}^{(1)}}{\partial b_{12}^{(1)}} \quad"
        r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial b_{13}^{(1)}} \right]",
        "The chain rule.",
    ),
    (r"\left[ da_{11}^{(1)}(1) \quad da_{12}^{(1)}(1) \quad da_{13}^{(1)}(1) \right]", "$a$ is linear in $b$."),
    (r"\left[ db_{11}^{(1)} \quad db_{12}^{(1)} \quad db_{13}^{(1)} \right]", "Names for the entries."),
)
BACKPROPAGATION.equation(
    r"$d\hat a^{(0)}$: the input",
    r"d\hat{a}^{(0)}",
    (
        r"\left[\frac{\partial L}{\partial \hat{a}_{11}^{(0)}} \quad "
        r"\frac{\partial L}{\partial \hat{a}_{12}^{(0)}}\right]",
        "The definition.",
    ),
    (
        r"\left[da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial \hat{a}_{11}^{(0)}} +"
        r" da_{12}^{(1)} \frac{\partial a_{12}^{(1)}}{\partial \hat{a}_{11}^{(0)}} +"
        r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial \hat{a}_{11}^{(0)}} \quad"
        r" da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial \hat{a}_{12}^{(0)}} +"
        r" da_{12}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial \hat{a}_{12}^{(0)}} +"
        r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial \hat{a}_{12}^{(0)}} \right]",
        "What $da_{12}$ multiplies is a derivative of $a_{12}$.",
        {
            (1, 2): r"da_{11}^{(1)} \frac{\partial a_{11}^{(1)}}{\partial \hat{a}_{12}^{(0)}} +"
            r" da_{12}^{(1)} \frac{\partial a_{12}^{(1)}}{\partial \hat{a}_{12}^{(0)}} +"
            r" da_{13}^{(1)} \frac{\partial a_{13}^{(1)}}{\partial \hat{a}_{12}^{(0)}}"
        },
    ),
    (
        r"\left[da_{11}^{(1)} w_{11}^{(1)} + da_{12}^{(1)} w_{12}^{(1)} + da_{13}^{(1)} w_{13}^{(1)} \quad"
        r" da_{11}^{(1)} w_{21}^{(1)} + da_{12}^{(1)} w_{21}^{(1)} + da_{13}^{(1)} w_{31}^{(1)}\right]",
        "The second input leaves through the second row of $w^{(1)}$: $w_{22}$ for $w_{21}$ and $w_{23}$ for $w_{31}$.",
        {(1, 2): r"da_{11}^{(1)} w_{21}^{(1)} + da_{12}^{(1)} w_{22}^{(1)} + da_{13}^{(1)} w_{23}^{(1)}"},
    ),
    (r"\left[d\hat{a}_{11}^{(0)} \quad d\hat{a}_{12}^{(0)}\right]", "Names for the entries."),
)


@BACKPROPAGATION.claim("“we can conclude a general formula to update weight and bias terms”", WRONG)
def formula_to_update() -> tuple[bool, str]:
    net, (X, y) = cr.Network(XOR.sizes, seed=0), cr.datasets.xor()
    before, start = net.gradients(X, y), net.parameters.copy()
    losses = []
    for optimizer in (cr.SGD(0.3), cr.SGD(0.3, momentum=0.9)):
        at, state = start, optimizer.init(start)
        for _ in range(10):
            net.parameters[...] = at
            at, state = optimizer.step(at, net.gradients(X, y).parameters, state)
        net.parameters[...] = at
        losses.append(net.gradients(X, y).loss)
    net.parameters[...] = start + before.parameters
    added = net.gradients(X, y).loss
    return max(losses) < before.loss < added and losses[0] != losses[1], (
        "The four formulas below are gradients. The update is never given: `v ← μ v − η g`, then `θ ← θ + v`, with the "
        "rate η and the momentum μ. Adding the gradient itself makes the loss larger: of the XOR network (seed 0) from "
        f"{before.loss:.3f} to {added:.3f}; ten updates with η = 0.3 bring it to {losses[0]:.3f} with μ = 0 and "
        f"{losses[1]:.3f} with μ = 0.9."
    )


@BACKPROPAGATION.claim('“the "@" used here means dot product”', CONDITION)
def dot_product() -> tuple[bool, str]:
    q = case(ONE, 0).values
    product = q["â", 0].T @ q["da", 1]
    return product.shape == (2, 3) and np.array_equal(product, np.dot(q["â", 0].T, q["da", 1])), (
        r"It is the product of matrices, which NumPy's `dot` also computes. A dot product is one number, as in "
        r"$a^{(2)}$; but $\hat a^{(0)}.T @ da^{(1)}$ is a 2 × 3 matrix, for one sample an outer product."
    )


EVERYWHERE = {"cases": (ONE, FOUR, TANH)}
BACKPROPAGATION.equation(
    "The general formulas",
    r"d\hat{a}^{(i)}",
    (r"da^{(i+1)}@w^{(i+1)}.T", "Tried with i = 0 and 1; one sample and four; sigmoid and tanh."),
    layers=(0, 1),
    **EVERYWHERE,
)
BACKPROPAGATION.equation(
    "The general formulas",
    "da^{(i)}",
    (
        r"d\hat{a}^{(i)} * \hat{a}^{(i)} * (1 - \hat{a}^{(i)})",
        "The last two factors are the slope of the sigmoid; another activation f has its own.",
        {(0, 0): r"d\hat{a}^{(i)} * f'(a^{(i)})"},
    ),
    layers=(1, 2),
    **EVERYWHERE,
)
BACKPROPAGATION.equation(
    "The general formulas",
    "dw^{(i)}",
    (r"\hat{a}^{(i-1)}.T@da^{(i)}", "Tried with i = 1 and 2; one sample and four; sigmoid and tanh."),
    layers=(1, 2),
    **EVERYWHERE,
)
BACKPROPAGATION.equation(
    "The general formulas",
    "db^{(i)}",
    (
        r"1 * da^{(i)}",
        r"The same bias serves every sample, so its gradient is the sum over them: $\mathbf{1}$ is a column of n ones.",
        {(0, 0): r"\mathbf{1}.T@da^{(i)}"},
    ),
    layers=(1, 2),
    cases=(ONE, FOUR),
)
