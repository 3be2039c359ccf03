"""The stock models on real ledgers and sales, and at scale."""
