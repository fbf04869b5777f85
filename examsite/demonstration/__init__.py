"""The sample site of `./run demo`: made-up people, the sample bank, a past sitting and one about to open.

Everything is done with the same actions that the pages use, at instants in the past where it lies in the past.
"""
