"""The system: speed, memory, silence, restarts, and the instrument itself."""

from lineside_server.rules.model import Rule
from lineside_server.rules.signals.system.instrument import Instrument
from lineside_server.rules.signals.system.memory_growth import MemoryGrowth
from lineside_server.rules.signals.system.resume_jump import ResumeJump
from lineside_server.rules.signals.system.stall import Stall
from lineside_server.rules.signals.system.throughput import Throughput

RULES: tuple[type[Rule], ...] = (Throughput, MemoryGrowth, Stall, ResumeJump, Instrument)
