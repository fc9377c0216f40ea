"""imglab."""
