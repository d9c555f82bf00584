"""How the wheel is made of the repository, and how its tests are run against what a user gets."""
