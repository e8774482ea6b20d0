"""Steps of few rows on the CPU: int8 weights, compiled as a whole, on a team of threads.

int8.py     the weights and the call
stages.py   what is computed, in tickets that the threads share
vectors.py  dot products, atomics and exponentials, which numba lacks
team.py     the threads
"""
