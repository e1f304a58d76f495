"""Tables that stream by: Parquet files whose row groups are read one at a time, here or by the workers of a cluster.

`source` says which files they are, `survey` looks at every row once and adds up what `facts` there are of a column,
`fitted` makes the preprocessing of them, `prepared` the pieces that a network learns from, and `encoding` reads those.
"""
