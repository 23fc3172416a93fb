"""A new campaign: what the form holds, the request it stands for, and what is wrong with it."""
