"""What to do with stock in the wrong place, or too little: pure functions, frames in, frames out.

`rebalance` moves what one distributor has too much of to where it is short; `allocate` shares what
the company has among those who want more than there is.
"""
