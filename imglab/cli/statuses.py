"""The exit statuses of the command."""

OK, BAD_INPUT = 0, 2
HOLDS = 1  # a condition of `imglab compare --fail-if` is true
