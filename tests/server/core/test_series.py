"""The nouns of a series as it is asked for."""

from lineside_server.core.series import SeriesQuery


def test_a_query_asks_for_every_key_and_the_run_as_it_is_seen_now() -> None:
    query = SeriesQuery()
    assert (query.keys, query.from_step, query.to_step, query.attempt) == (None, None, None, None)
    assert (query.points, query.axis) == (1000, "step")
