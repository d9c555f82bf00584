"""What went over a real wire becomes a lab's journal, with strangers in place of the people in it."""
