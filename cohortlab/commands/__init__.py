"""One module per command, loaded when it is called: `cohortlab --help` stays quick."""
