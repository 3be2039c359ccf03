"""How good the weekly forecast is, on real sales that nobody here made."""
