"""What is wrong with a run, or right, in words: codes of strings.json under findings.<code>, and what fills them.

    diverged            epoch, rate           the loss became NaN or infinite in this epoch at this learning rate
    worsened            from, to              the loss at the end is far above the loss at the beginning
    vanishing_gradient  layer, last, ratio    |∂L/∂W| of this layer (from 1) is so small a share of the last layer's
    exploding_gradient  layer, last, ratio    … or so many times the last layer's
    dead_units          layer, dead, of       rectifier units that are 0 for every training sample
    saturated_units     layer, share          share (percent) of a bounded activation's values at its ends
    symmetric_units     layer, of             all units of the layer have the same weights, so they compute the same
    plateau             loss, accuracy        the loss has not moved over the last half, and it is no good (accuracy in
                                              percent)
    plateau_regression  loss                  the same where there is no accuracy
    overfitting         epoch, least, last    val_loss was least at this epoch and has risen since; the loss went on
                                              falling
    slow                before, after         the loss still falls at the end: more epochs, or a larger rate
    unscaled_inputs     largest               inputs of that size: standardize them
    imbalanced          share                 the largest class has this share (percent) of the training points
    solved              epoch                 every training point is right, from this epoch (a moment) on
    fitted              share                 of a regression: this share (percent) of the variance is explained

Numbers are rounded to three digits. A finding about a layer has its "layer", from 1, besides.
"""

from __future__ import annotations


def findings(setup, moments, diverged):
    return []
