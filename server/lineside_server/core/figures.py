"""Figures in sentences: as many digits as say something, also where a run went to pieces."""


def times(ratio: float) -> str:
    """Return a ratio with two decimals, or by its magnitude where it is far from 1."""
    return f"{ratio:.2f}" if 0.01 <= abs(ratio) < 1e4 else f"{ratio:.2e}"


def percent(share: float, digits: int = 0) -> str:
    """Return a share in percent; one that is beyond all shares by its magnitude."""
    return f"{share:.{digits}%}" if abs(share) < 100 else f"{100 * share:.1e}%"
