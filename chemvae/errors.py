"""The errors of `chemvae`.

ChemvaeError
├── TokenizationError    a string that is not made of SMILES tokens
├── VocabularyError      a token, or a length, this model was not trained on
├── CompletionError      a fragment that no molecule of this model continues
├── ConfigError          a setting outside its range
├── ShapeError           a tensor of the wrong shape, or with values that are not finite
└── CheckpointError      a checkpoint that is missing, incomplete or altered
"""


class ChemvaeError(Exception):
    """Root of every error raised by `chemvae`."""


class TokenizationError(ChemvaeError):
    """A string that is not made of SMILES tokens."""


class VocabularyError(ChemvaeError):
    """A token, or a length, this model was not trained on.

    Args:
        code: `unknown_token` or `too_many_tokens`.
        message: The offending value and what to do.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class CompletionError(ChemvaeError):
    """A fragment that no molecule of this model continues."""


class ConfigError(ChemvaeError):
    """A setting outside its range."""


class ShapeError(ChemvaeError):
    """A tensor of the wrong shape, or with values that are not finite."""


class CheckpointError(ChemvaeError):
    """A checkpoint that is missing, incomplete or altered."""
