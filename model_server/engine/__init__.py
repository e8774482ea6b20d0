"""The engine: token ids in, token ids and probabilities out. No text, no HTTP, no files.

requests.py   what is asked and answered
engine.py     requests share steps: admission, fairness, what is fed to whom
sequences.py  prompts, candidates and branches: what each makes of its logits
sampling.py   one token from logits
lookup.py     drafts for speculation
cache.py      keys and values of what was read, shared by whatever begins the same
batch.py      one step's work
runner.py     runs a step: int8 for few rows (model_server.kernels), torch for many, or a GPU
model.py      the Transformer, plain torch: the reference
attention.py  what a token attends to
graphs.py     decoding on a GPU as CUDA graphs
load.py       weights (model_server.checkpoints) into the Transformer
config.py     the shape of a model

One token's way through it: docs/engine.md.
"""
