"""Call statistics for people who run or use a PBX."""

__version__ = "0.1.0"
