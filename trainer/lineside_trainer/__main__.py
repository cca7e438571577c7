"""The command: `python -m lineside_trainer`, a small real distillation that lineside watches."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import fields
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, get_type_hints

from lineside_trainer.config import Config, ConfigError
from lineside_trainer.console import say
from lineside_trainer.faults.catalogue import find, listing
from lineside_trainer.faults.seam import Fault
from lineside_trainer.guard import NonFiniteError
from lineside_trainer.lab.cases import cases
from lineside_trainer.reading import describe, parse, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lineside_trainer.recorder import OpenRun

FINE, USAGE, FAILED, INTERRUPTED = 0, 2, 3, 130

ABOUT = """\
Distils a teacher language model into a student, as two runs that lineside watches.
The teacher is trained first and cached; the next start finds it there.

  python -m lineside_trainer --minutes 2
  python -m lineside_trainer --config distil.json --temperature 1.5
  python -m lineside_trainer --resume FOLDER
  python -m lineside_trainer --fault unweighted-eval
"""
EPILOG = """\
A setting may come from --config (a JSON object of the same names, with _ for -) and from its flag;
the flag wins. Objects are given as JSON: --lr-scheduler '{"type": "cosine", "warmup_steps": 20}'.
--minutes bounds the time only: the schedule is still built for the declared epochs, and a teacher that
was cut short is finished by the next start.
A relative --corpus, model folder or output is taken from the working directory.
Exit codes: 0 fine (also when stopped or out of time), 2 a setting is wrong, 3 the training failed.
"""


def parser() -> argparse.ArgumentParser:
    """Return the command line; the settings' flags come from the fields of Config."""
    made = argparse.ArgumentParser(
        "python -m lineside_trainer",
        description=ABOUT,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--config", type=Path, metavar="FILE", help="settings as JSON")
    made.add_argument("--minutes", type=float, help="end after this long, teacher and student together (see below)")
    made.add_argument("--resume", type=Path, metavar="FOLDER", help="go on from the checkpoint in a folder")
    made.add_argument("--output", type=Path, metavar="FOLDER", help="for checkpoint and model; default: in the cache")
    made.add_argument("--cache", type=Path, metavar="FOLDER", help="default: ~/.cache/lineside")
    made.add_argument("--device", default="auto", help="cpu, cuda, cuda:N; default: CUDA where there is one")
    made.add_argument("--threads", type=int, help="threads of torch; default: half of the cores")
    add_faults(made.add_argument_group("faults", "Made on purpose, for proving what judges runs."))
    watched = made.add_argument_group("the watched runs")
    watched.add_argument("--project", help="default: LINESIDE_PROJECT, or distillation")
    watched.add_argument("--group", help="joins teacher and student; default: a new one")
    watched.add_argument("--server", help="default: LINESIDE_SERVER, or http://127.0.0.1:7460")
    watched.add_argument("--mode", choices=["online", "offline", "disabled"], help="default: LINESIDE_MODE, or online")
    add_settings(made.add_argument_group("settings"))
    return made


def add_faults(group: Any) -> None:
    group.add_argument("--fault", metavar="NAME", help="train with this fault; list: print what there is")
    group.add_argument("--fault-at", type=int, metavar="STEP", help="where a fault begins that begins somewhere")
    group.add_argument("--lab", type=Path, metavar="FOLDER", help="record the lab's runs (--fault all, healthy, NAME)")
    group.add_argument("--seeds", type=int, default=5, help="of each run of the lab; default: 5")


def add_settings(group: Any) -> None:
    defaults = Config().as_dict()
    for name, annotated in get_type_hints(Config, include_extras=True).items():
        wanted, text = annotated.__origin__, annotated.__metadata__[0]
        text = f"{text} ({describe(wanted)}; default: {json.dumps(defaults[name])})".replace("%", "%%")
        kinds: dict[str, dict[str, Any]] = {"corpus": {"nargs": "+"}, "bf16": {"nargs": "?", "const": True}}
        group.add_argument(f"--{name.replace('_', '-')}", help=text, metavar="VALUE", **kinds.get(name, {}))


def config_from(args: argparse.Namespace) -> Config:
    """Return the settings: the built-in ones, under those of the file, under those of the flags."""
    flags = {item.name: getattr(args, item.name) for item in fields(Config)}
    given = {name: _value(value) for name, value in flags.items() if value is not None}
    return parse(given, parse(read(args.config)) if args.config else None)


def _value(text: Any) -> Any:
    """Return a flag's value as JSON would hold it; what is no JSON is text, such as the name of a folder."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads({"True": "true", "False": "false", "None": "null"}.get(text, text))
    except ValueError:
        return text


def opener(args: argparse.Namespace) -> OpenRun:
    """Return what opens a monitored run, with the address and the names from the command line."""
    import lineside  # noqa: PLC0415 (--help and wrong settings need no client)

    group = args.group or f"distillation-{token_hex(3)}"
    project = args.project or os.environ.get("LINESIDE_PROJECT") or "distillation"

    def open_run(name: str, config: dict[str, Any], intent: dict[str, Any], run_id: str | None) -> lineside.Run:
        return lineside.init(
            project=project,
            name=name,
            id=run_id,
            resume="allow" if run_id else None,
            config=config,
            intent=intent,
            group=group,
            mode=args.mode,
            server=args.server,
        )

    return open_run


def work(args: argparse.Namespace, began: float) -> None:
    """Do what the command line asks for: list the faults, record the lab, or distil."""
    if args.fault == "list":
        say(listing())
    elif args.lab is not None:
        wanted = cases(args.fault or "all", args.seeds)
        from lineside_trainer.lab.record import record_all  # noqa: PLC0415 (as torch, below)

        record_all(args.lab, wanted, cache_of(args))
    else:
        distil(args, began)


def cache_of(args: argparse.Namespace) -> Path:
    folder: Path | None = args.cache
    return folder or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lineside"


def distil(args: argparse.Namespace, began: float) -> None:
    """Read the settings, then run the session."""
    config = config_from(args)
    fault = find(args.fault).at(args.fault_at) if args.fault else Fault()
    if args.minutes is not None and not args.minutes > 0:
        raise ConfigError(f"minutes is {args.minutes}; it must be above zero.")
    if args.threads is not None and args.threads < 1:
        raise ConfigError(f"threads is {args.threads}; it must be at least 1.")
    # Imported late: torch takes seconds, and neither --help nor a wrong setting should wait for it.
    from lineside_trainer import checkpoint, models  # noqa: PLC0415
    from lineside_trainer.session import Session  # noqa: PLC0415

    start = checkpoint.load(args.resume) if args.resume else None
    if start is not None:
        if config != Config():
            raise ConfigError("A resumed run keeps its settings: give --resume without --config or settings.")
        config = parse(start.config)
    models.choose_threads(args.threads)
    seconds = None if args.minutes is None else args.minutes * 60
    device = models.choose_device(args.device)
    session = Session(config, cache_of(args), opener(args), device, seconds, began=began, fault=fault)
    session.distil(args.resume or args.output, start)


def main(argv: Sequence[str] | None = None) -> int:
    began = time.monotonic()
    args = parser().parse_args(argv)
    try:
        work(args, began)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    except NonFiniteError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return FINE


if __name__ == "__main__":
    sys.exit(main())
