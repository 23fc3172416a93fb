"""Training: batches, the Lightning shell around a `SmilesVae`, and `fit`."""
