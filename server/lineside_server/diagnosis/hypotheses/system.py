"""Why a run is slow, grows, falls silent, or does not go on where it was."""

from lineside_server.core.facts import Facts
from lineside_server.core.findings import Cause, Finding
from lineside_server.diagnosis.model import Diagnosis, Doctor


def throughput(finding: Finding, _: Facts) -> Diagnosis:
    """From the times of steps alone, what holds them up cannot be told."""
    ratio = float(finding.clues["ratio"])
    if ratio < 1:
        return Diagnosis(actions=("Nothing: the run has become faster.",))
    return Diagnosis(
        causes=(
            Cause("slow-loader", 0.4, "the loader keeps the model waiting: a slow disk, a cold cache, longer samples"),
            Cause("shared-machine", 0.4, "something else takes its share of the processor, the GPU or the network"),
            Cause("thermal-throttling", 0.3, "the device lowers its clock because it is hot"),
        ),
        actions=(
            "Log the seconds that a step waits for its batch (`data_time_s`): a slow loader shows there.",
            f"A run at this pace takes {ratio:.2f} times as long: look at the machine before waiting for it.",
        ),
        cannot_tell="The times of steps do not tell loader, device and machine apart.",
    )


def memory_growth(finding: Finding, _: Facts) -> Diagnosis:
    left = finding.clues["steps_left"]
    soon = "" if left is None else f" before step {finding.window[1] + round(left):,}, where it is full"
    return Diagnosis(
        causes=(
            Cause(
                "kept-graph",
                0.5,
                "tensors are collected with their graph: a loss summed without `.item()`",
            ),
            Cause("growing-cache", 0.4, "something is kept for each step: predictions of evals, a cache, a log"),
            Cause("longer-samples", 0.2, "later samples are longer and allocate more"),
        ),
        actions=(f"Look for what is appended each step, and write a checkpoint{soon}.",),
        cannot_tell=""
        if left is not None
        else "When it is full: the config does not say how much memory there is (`memory_total_bytes`).",
    )


def stall(finding: Finding, _: Facts) -> Diagnosis:
    if finding.clues["beats"]:
        return Diagnosis(
            causes=(
                Cause(
                    "deadlock", 0.7, "the process lives and logs nothing: a collective that waits, a loader that hangs"
                ),
                Cause("long-pause", 0.4, "an eval or a checkpoint that takes longer than any before"),
            ),
            actions=("Look at where it stands: `py-spy dump --pid PID` on the trainer's machine.",),
        )
    return Diagnosis(
        causes=(
            Cause("process-died", 0.7, "no heartbeat comes: the process was killed, or its machine is gone"),
            Cause(
                "network-lost", 0.4, "the trainer cannot reach this service; what it logs is kept there and will come"
            ),
        ),
        actions=("Look whether the process is there; if it was killed for memory, the kernel's log says so.",),
        cannot_tell="Whether the trainer still trains: only its own machine can tell.",
    )


def resume_jump(finding: Finding, _: Facts) -> Diagnosis:
    role = finding.clues["role"]
    if role == "lr":
        cause = Cause("scheduler-not-restored", 0.8, "the scheduler began anew: its state was not loaded, or not saved")
        action = "Save and load `scheduler.state_dict()` with the checkpoint."
    elif role == "epoch":
        cause = Cause("epoch-not-restored", 0.8, "the counter of epochs was not restored, and data may be seen again")
        action = "Restore the epoch and the sampler's position with the checkpoint."
    else:
        cause = Cause("optimizer-not-restored", 0.6, "the optimizer's state was not loaded, or other weights were")
        action = "Check that `optimizer.state_dict()` and the weights of the same step are loaded."
    other = Cause("data-order", 0.3, "the data go on at another place, so that another part of them is seen")
    return Diagnosis(causes=(cause,) if role == "lr" else (cause, other), actions=(action,))


DOCTORS: dict[str, Doctor] = {
    "throughput": throughput,
    "memory-growth": memory_growth,
    "stall": stall,
    "resume-jump": resume_jump,
}
