"""Why a declaration is not kept: the schedule, the accounting of steps, the make-up of the loss."""

from lineside_server.diagnosis.hypotheses import learning_rate
from lineside_server.diagnosis.model import Doctor

DOCTORS: dict[str, Doctor] = {**learning_rate.DOCTORS}
