"""Downstream: what Segment does with an event after it was delivered, warehouses and destinations."""
