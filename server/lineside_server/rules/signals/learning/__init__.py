"""Learning: whether the model learns, and whether what it learns holds on the eval set."""

from lineside_server.rules.model import Rule
from lineside_server.rules.signals.learning.eval_frozen import EvalFrozen
from lineside_server.rules.signals.learning.no_learning import NoLearning
from lineside_server.rules.signals.learning.no_op_update import NoOpUpdate
from lineside_server.rules.signals.learning.off_target import OffTarget
from lineside_server.rules.signals.learning.overfitting import Overfitting
from lineside_server.rules.signals.learning.plateau import Plateau

RULES: tuple[type[Rule], ...] = (NoLearning, EvalFrozen, NoOpUpdate, Overfitting, Plateau, OffTarget)
