"""The rank is what the launcher says, whichever launcher it is."""

import pytest

from lineside._ranks import rank


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, 0),
        ({"RANK": "3", "LOCAL_RANK": "0", "WORLD_SIZE": "4"}, 3),
        ({"RANK": "0", "LOCAL_RANK": "1"}, 0),
        ({"LOCAL_RANK": "2"}, 2),
        ({"SLURM_PROCID": "5", "LOCAL_RANK": "0"}, 5),
        ({"OMPI_COMM_WORLD_RANK": "1"}, 1),
        ({"RANK": ""}, 0),
        ({"RANK": "none"}, 0),
    ],
)
def test_rank(environ: dict[str, str], expected: int) -> None:
    assert rank(environ) == expected
