"""The commands of `cohortlab sync`, by what they do: run syncs, manage them, look at them."""
