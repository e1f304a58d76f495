"""Past one machine: many networks and many rows on a Dask cluster. Nothing of a scheduler or a protocol is ours."""
