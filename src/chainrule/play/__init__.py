"""The playground: a page on which a whole training run follows every touch of a control."""
