"""The report's XOR network, trained for a thousand epochs in a whole program, as each library's users write it."""

__all__ = ["OURS", "PEERS"]

DATA = """
import numpy as np
t = np.arange(11) / 10
X = np.concatenate([np.stack([t, t], 1), np.stack([t, 1 - t], 1)])
y = np.concatenate([np.zeros(11), np.ones(11)])[:, None]
"""
OURS = f"""{DATA}
import chainrule as cr
net = cr.Network([2, 3, 3, 1], seed=0)
net.fit(X, y, optimizer=cr.SGD(0.3, momentum=0.5), epochs=1000, engine="ENGINE")
"""
TORCH = f"""{DATA}
import torch
from torch import nn
X, y = torch.from_numpy(X).float(), torch.from_numpy(y).float()
layers = nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 1)
net, loss_of = nn.Sequential(*layers), nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.3, momentum=0.5)
for _ in range(1000):
    optimizer.zero_grad()
    loss_of(net(X), y).backward()
    optimizer.step()
"""
JAX = f"""{DATA}
import jax
import jax.numpy as jnp
def loss_of(theta):
    a = X
    for W, b in theta[:-1]:
        a = jax.nn.sigmoid(a @ W + b)
    z = a @ theta[-1][0] + theta[-1][1]
    return (jnp.logaddexp(z, 0) - z * y).mean()
@jax.jit
def train(theta):
    def step(carry, _):
        theta, v = carry
        v = jax.tree.map(lambda v, g: 0.5 * v - 0.3 * g, v, jax.grad(loss_of)(theta))
        return (jax.tree.map(jnp.add, theta, v), v), None
    return jax.lax.scan(step, (theta, jax.tree.map(jnp.zeros_like, theta)), length=1000)[0]
rng = np.random.default_rng(0)
theta = [(rng.standard_normal(size), np.zeros(size[1])) for size in [(2, 3), (3, 3), (3, 1)]]
jax.block_until_ready(train(jax.tree.map(jnp.asarray, theta)))
"""
SCIKIT = f"""{DATA}
import warnings
from sklearn.neural_network import MLPClassifier
warnings.simplefilter("ignore")
MLPClassifier((3, 3), "logistic", solver="sgd", learning_rate_init=0.3, momentum=0.5, batch_size=22,
              max_iter=1000, n_iter_no_change=1001).fit(X, y[:, 0])
"""
KERAS = f"""{DATA}
import os
os.environ["KERAS_BACKEND"] = "jax"
import keras
layers = keras.layers.Dense
net = keras.Sequential([layers(3, "sigmoid"), layers(3, "sigmoid"), layers(1, "sigmoid")])
net.compile(keras.optimizers.SGD(0.3, momentum=0.5), "binary_crossentropy")
net.fit(X, y, batch_size=22, epochs=1000, verbose=0)
"""
PEERS = {  # what is imported, and the small fit
    "scikit-learn": ("sklearn.neural_network", SCIKIT),
    "JAX": ("jax", JAX),
    "PyTorch": ("torch", TORCH),
    "Keras": ("keras", KERAS),
}
