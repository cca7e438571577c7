"""All rules that come with the service, in the order of the rule book."""

from typing import Final

from lineside_server.rules.model import Rule
from lineside_server.rules.signals import declared, learning, numerics, system

CATALOGUE: Final[tuple[type[Rule], ...]] = (*declared.RULES, *numerics.RULES, *learning.RULES, *system.RULES)
