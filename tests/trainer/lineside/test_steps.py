"""A step that is not given is the one after the last, also after a resume."""

from lineside._steps import Steps


def test_a_new_run_has_no_step_yet() -> None:
    steps = Steps(resumes=False)
    assert steps.reached() is None
    assert (steps.last, steps.relative) == (-1, False)


def test_a_resumed_run_counts_from_what_the_server_will_say() -> None:
    steps = Steps(resumes=True)
    assert steps.reached() is None
    steps.last -= 2  # two records
    assert steps.reached() == -2
    steps.set_base(100)
    assert (steps.reached(), steps.relative) == (102, False)


def test_the_servers_answer_comes_too_late_for_a_step_that_was_given() -> None:
    steps = Steps(resumes=True)
    steps.last, steps.given, steps.relative = 7, True, False
    steps.set_base(100)
    assert steps.reached() == 7
