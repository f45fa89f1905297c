"""Language model servers."""
