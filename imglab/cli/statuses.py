"""The exit statuses of the command."""

OK, BAD_INPUT = 0, 2
