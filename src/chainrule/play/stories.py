"""One-click stories: a name, under which strings.json has two sentences (stories.<name>), and the settings that differ.

report_linear       the report's first experiment: a 2-1 network learns the diagonal
report_xor          the report's second experiment: 2-3-3-1 learns XOR
vanishing_gradient  six sigmoid layers: the gradient of the first is a millionth of the last's, and nothing is learned
vanishing_solved    the same depth with tanh and glorot_normal: it learns
dead_relu           a rate too large has killed ReLU units: they are 0 everywhere, for ever
divergence          a rate too large for a regression: the loss grows without end
symmetry            all weights begin at 0: the units stay copies of one another
overfitting         few noisy points and many weights: the validation loss rises while the loss falls
spiral              2-8-8-1 on a spiral, mini-batches, 20,000 epochs: the long run that streams
"""
