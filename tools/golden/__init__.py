"""The parts of the golden vectors, one file each."""
