"""`python -m cohortlab`."""

from __future__ import annotations

from cohortlab.cli import main

if __name__ == "__main__":
    main()
