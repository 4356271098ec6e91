"""`python -m pbxtally` is the command line."""

from pbxtally.cli import main

main()
