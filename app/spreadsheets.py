"""What a spreadsheet would compute, made plain text."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell that a spreadsheet computes begins with; some take wide signs for it too."""


def harmless(cell: object) -> object:
    """Text that a spreadsheet shows and does not compute, as OWASP advises; numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
