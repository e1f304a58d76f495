"""A search for the settings of a network on a table: Optuna asks and judges, `chainrule.tables` trains."""
