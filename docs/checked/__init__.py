"""What `report-checked.md` is made of: the report's formulas and claims, a file a section, and what checks them."""
