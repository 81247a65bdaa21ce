"""Pictures and sound of a piece; all are made from its `timeline`, the piece in quarter notes."""
