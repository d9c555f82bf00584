"""The rules, one module for each family or part of one, and all of them by code, name and contract."""
