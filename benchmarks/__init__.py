"""The benchmarks: chainrule beside everything that a person would take instead, on the same work.

`chainrule bench` runs them. What is measured stands in `works.py`, by whom in `peers/`, how in the modules that
`works.py` names; the results are JSON files, of which `docs/performance_page.py` makes a page.
"""
