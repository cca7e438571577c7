"""Numerics: values that are not finite, spikes, divergence, gradients."""

from lineside_server.rules.model import Rule
from lineside_server.rules.signals.numerics.divergence import Divergence
from lineside_server.rules.signals.numerics.grad_norm import GradNorm
from lineside_server.rules.signals.numerics.loss_spike import LossSpike
from lineside_server.rules.signals.numerics.nonfinite import NonFinite
from lineside_server.rules.signals.numerics.nonfinite_masked import NonFiniteMasked
from lineside_server.rules.signals.numerics.skipped_steps import SkippedSteps

RULES: tuple[type[Rule], ...] = (NonFinite, NonFiniteMasked, SkippedSteps, LossSpike, Divergence, GradNorm)
