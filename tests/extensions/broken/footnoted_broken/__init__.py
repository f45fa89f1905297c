"""Each part is wrong in its own way; none may harm anything but itself."""
