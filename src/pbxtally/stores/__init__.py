"""Where things are kept: one technology each."""
