"""A child that logs 20 series at 50 steps a second by the client: python steady.py SERVER RUN FOLDER SECONDS."""

import math
import random
import sys
import time

import lineside

RATE = 50
KEYS = [
    "train/loss", "train/kd_loss", "train/feature_loss", "train/attention_loss", "train/lm_loss", "lr", "grad_norm",
    "tokens_per_s", *(f"vitals/layer{place}" for place in range(12)),
]  # fmt: skip
EVAL_EVERY = 200


def main() -> None:
    server, run_id, folder, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
    total = int(seconds * RATE)
    intent = {"total_steps": total, "step_unit": "batch"}
    run = lineside.init(project="bench", id=run_id, server=server, dir=folder, intent=intent)
    noise, began = random.Random(0), time.perf_counter()
    for step in range(1, total + 1):
        falling = 2 + 10 * math.exp(-step / total)
        values = {key: falling + noise.gauss(0, 0.2) for key in KEYS}
        if step % EVAL_EVERY == 0:
            values["eval/loss"] = falling
        run.log(values, step=step)
        if step == 1:
            print("began", flush=True)
        if (ahead := began + step / RATE - time.perf_counter()) > 0:
            time.sleep(ahead)
    run.finish()


if __name__ == "__main__":
    main()
