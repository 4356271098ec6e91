"""Where things are kept, each part by one technology."""
