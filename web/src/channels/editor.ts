/** The form of one channel: what is written in it, what is wrong with it, and saving it. */
import { computed, signal, type Signal } from "@preact/signals";
import { ApiError } from "../api";
import { addChannel, changeChannel, channelWords } from "../api-channels";
import { NO_FAULTS, placed, type Placed } from "../rulebook/faults";
import { draftOf, faultsOf, isSame, newDraft, PLACES, toldOf, type Draft } from "./draft";
import type { Channel, ChannelKind } from "./wire";

export class ChannelEditor {
  readonly draft: Signal<Draft>;
  readonly faults = signal<Placed>(NO_FAULTS);
  readonly isBusy = signal(false);
  private readonly base: Signal<Draft>;
  readonly isDirty = computed(() => !isSame(this.draft.value, this.base.value));

  constructor(
    readonly channel: Channel | null,
    kind: ChannelKind,
    private readonly saved: (channel: Channel) => void,
  ) {
    const begun = channel ? draftOf(channel) : newDraft(kind);
    this.draft = signal(begun);
    this.base = signal(begun);
  }

  /** Changes a part of what is written; `place` is where its fault would stand. */
  write(part: Partial<Draft>, place?: string): void {
    this.draft.value = { ...this.draft.peek(), ...part };
    const { at, rest } = this.faults.peek();
    if (place === undefined || !at.has(place)) return;
    this.faults.value = { at: new Map([...at].filter(([one]) => one !== place)), rest };
  }

  async save(): Promise<void> {
    const [draft, { channel }] = [this.draft.peek(), this];
    const faults = faultsOf(draft, channel === null);
    this.faults.value = placed(faults, PLACES);
    if (this.isBusy.peek() || faults.length > 0) return;
    this.isBusy.value = true;
    const told = toldOf(draft, channel === null);
    try {
      const saved = await (channel === null ? addChannel(told) : changeChannel(channel.id, told));
      this.base.value = draft; // it is saved: leaving does not ask
      this.saved(saved);
    } catch (fault) {
      this.refused(fault);
    } finally {
      this.isBusy.value = false;
    }
  }

  private refused(fault: unknown): void {
    const told = fault instanceof ApiError ? placed(fault.faults, PLACES) : NO_FAULTS;
    const isPlaced = told.at.size > 0 || told.rest.length > 0;
    this.faults.value = isPlaced ? told : { at: new Map(), rest: [channelWords(fault)] };
  }
}
