"""The clients out there, unmodified, against the fake: `make clients` runs them and writes docs/clients.md anew."""
