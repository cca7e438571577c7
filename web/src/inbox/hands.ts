/** What a person does in the inbox: what is selected, what is asked about, and what is then done. */
import { signal } from "@preact/signals";
import { mute, muteOf, mutes, unmute } from "../mutes";
import { now } from "../state";
import type { Alert } from "../wire";
import { acknowledgeAll, silenceAll, type Desk, type Until } from "./actions";
import type { InboxStore } from "./store";

/** A dialog that is open, and what it is about. */
export interface Asking {
  what: "note" | "silence";
  about: readonly Alert[];
}

export class Hands {
  readonly selected = signal<ReadonlySet<string>>(new Set());
  readonly asking = signal<Asking | null>(null);
  private readonly desk: Desk;

  constructor(
    private readonly store: InboxStore,
    /** The line that the keys are about where none is selected. */
    private readonly focused: () => string | null,
  ) {
    this.desk = {
      take: (alerts) => {
        store.take(alerts);
      },
      run: (id) => store.runs.peek().get(id),
      now: () => now.peek(),
    };
  }

  /** The roots that are selected and shown. */
  chosen(): Alert[] {
    const shown = this.store.groups.value.flatMap((group) => group.incidents);
    return shown.filter((one) => this.selected.value.has(one.root.id)).map((one) => one.root);
  }

  readonly clear = (): void => {
    this.selected.value = new Set();
  };

  readonly choose = (id: string): void => {
    const next = new Set(this.selected.peek());
    if (!next.delete(id)) next.add(id);
    this.selected.value = next;
  };

  readonly acknowledge = (alerts: readonly Alert[] = this.about()): void => {
    if (alerts.length === 0) return;
    void acknowledgeAll(this.desk, alerts);
    this.clear();
  };

  readonly ask = (what: Asking["what"], about: readonly Alert[] = this.about()): void => {
    if (about.length > 0) this.asking.value = { what, about };
  };

  readonly close = (): void => {
    this.asking.value = null;
  };

  readonly noted = (note: string): void => {
    const about = this.asking.peek()?.about ?? [];
    void acknowledgeAll(this.desk, about, note);
    this.clear();
    this.close();
  };

  readonly silenced = (until: Until): void => {
    const about = this.asking.peek()?.about ?? [];
    void silenceAll(this.desk, about, until);
    this.clear();
    this.close();
  };

  /** Mutes what the keys are about for the projects of its runs; where all of it is muted, ends that. */
  readonly muteOrEnd = (): void => {
    const places = this.about().flatMap(({ rule, run_id: id }) => {
      const project = this.desk.run(id)?.project;
      return project ? [{ rule, project }] : [];
    });
    const each = [...new Map(places.map((one) => [`${one.rule} ${one.project}`, one])).values()];
    const told = each.filter(({ rule, project }) => !muteOf(mutes.peek(), rule, project, now.peek()));
    if (told.length > 0) mute(told);
    else unmute(each.flatMap(({ rule, project }) => muteOf(mutes.peek(), rule, project, now.peek()) ?? []));
  };

  private about(): Alert[] {
    const chosen = this.chosen();
    const one = this.store.incident(this.focused() ?? "");
    return chosen.length > 0 ? chosen : one ? [one.root] : [];
  }
}
