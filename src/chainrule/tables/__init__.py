"""Tables: read, understood, trained on and predicted for, from the command line. Needs the extra `tables`.

`chainrule train` reads a table (`reading`), says what it holds (`columns`, `target`), makes numbers of it
(`preprocessing`), trains a network (`training`) and writes a folder (`run_folder`). `chainrule predict`, `evaluate`,
`export` and `show` use what stands there (`model`).
"""
