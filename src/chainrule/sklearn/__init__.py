"""Estimators for scikit-learn: its own multilayer perceptrons' names, defaults and meaning, on chainrule's engines.

>>> from chainrule.sklearn import MLPClassifier
>>> from sklearn.datasets import load_iris
>>> X, y = load_iris(return_X_y=True)
>>> model = MLPClassifier(hidden_layer_sizes=(10,), activation="tanh", max_iter=2000, random_state=0).fit(X, y)
>>> model.score(X, y) > 0.95
True
"""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"chainrule.sklearn needs scikit-learn, which cannot be imported ({error}); pip install 'chainrule[sklearn]'"
    ) from None

from chainrule.sklearn.classifier import MLPClassifier
from chainrule.sklearn.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
