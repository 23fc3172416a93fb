"""Ask, evaluate, tell: Bayesian optimisation over the latent space of a molecular model.

`Campaign` is the one stateful class; everything else is frozen data and pure functions. The model
is known only by the `LatentModel` protocol, so this package needs neither network nor database.
"""
