"""A melody: its events, how it is found in music, and the primer that it continues."""
