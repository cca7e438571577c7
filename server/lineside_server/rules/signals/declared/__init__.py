"""Declared against observed: the schedule, the accounting of steps, and the make-up of the loss."""

from lineside_server.rules.model import Rule
from lineside_server.rules.signals.declared.impossible_value import ImpossibleValue
from lineside_server.rules.signals.declared.initial_loss import InitialLoss
from lineside_server.rules.signals.declared.loss_share import LossShare
from lineside_server.rules.signals.declared.loss_sum import LossSum
from lineside_server.rules.signals.declared.lr_exhausted import LrExhausted
from lineside_server.rules.signals.declared.lr_peak import LrPeak
from lineside_server.rules.signals.declared.lr_schedule import LrSchedule
from lineside_server.rules.signals.declared.lr_stuck import LrStuck
from lineside_server.rules.signals.declared.step_accounting import StepAccounting
from lineside_server.rules.signals.declared.train_eval_scale import TrainEvalScale

RULES: tuple[type[Rule], ...] = (
    LrSchedule,
    LrExhausted,
    LrStuck,
    LrPeak,
    StepAccounting,
    TrainEvalScale,
    InitialLoss,
    LossSum,
    LossShare,
    ImpossibleValue,
)
