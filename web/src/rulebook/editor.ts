/** The form of one rule at work: what it says, what is wrong with it, saving it and taking it away, with the way back. */
import { computed, signal } from "@preact/signals";
import { ApiError, wordsOf } from "../api";
import { deleteRule, putRule } from "../api-rules";
import { say, sayFault } from "../notice";
import { askAgain } from "./asked";
import { draftOf, isSame, nameFor, newDraft, textAt, toldOf, withText, type Draft, type Fault } from "./draft";
import { NO_FAULTS, placed, type Placed } from "./faults";
import type { Rule, Told } from "./wire";

const RULE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Puts a rule back as it stood: what the catalogue says needs no entry. */
async function restore(before: Rule): Promise<void> {
  if (before.source === "catalogue") await deleteRule(before.id);
  else await putRule(before.id, toldOf(before, draftOf(before)).told);
}

export class Editor {
  /** As it stands in the book; null for a rule that is not there yet. */
  readonly rule = signal<Rule | null>(null);
  readonly draft = signal<Draft>(newDraft(""));
  readonly faults = signal<Placed>(NO_FAULTS);
  readonly isBusy = signal(false);
  /** The names that a new rule may not take. */
  readonly taken = signal<ReadonlySet<string>>(new Set());
  /** What the form said when it was last as saved. */
  private readonly base = signal<Draft>(newDraft(""));
  /** Somebody else has changed the rule while this form was being written. */
  readonly isOutdated = signal(false);
  readonly isDirty = computed(() => !isSame(this.draft.value, this.base.value));
  readonly isOwn = computed(() => this.rule.value === null || this.rule.value.kind === "own");
  readonly isReadOnly = computed(() => this.rule.value?.source === "file");
  readonly id = computed(
    () => this.rule.value?.id ?? (textAt(this.draft.value, "id").trim() || nameFor(this.draft.value, this.taken.value)),
  );

  /** What the server told last, which may be newer than what this form was made of. */
  private newest: Rule | null = null;

  /** `changed` is called with what stands in the book after it was changed through this form, or changed back. */
  constructor(
    rule: Rule | null,
    metric: string,
    private readonly changed: (rule: Rule | null) => void,
  ) {
    this.take(rule, rule ? draftOf(rule) : newDraft(metric));
  }

  write(place: string, text: string): void {
    this.become(withText(this.draft.value, place, text), place);
  }

  become(draft: Draft, place?: string): void {
    this.draft.value = draft;
    const { at, rest } = this.faults.value;
    if (place === undefined) this.faults.value = NO_FAULTS;
    else if (at.has(place)) this.faults.value = { at: new Map([...at].filter(([one]) => one !== place)), rest };
  }

  /** The rule as the server tells it now: a form that says something else keeps what it says. */
  follow(rule: Rule): void {
    const before = this.rule.value;
    this.newest = rule;
    if (this.isBusy.value || JSON.stringify({ ...before, about: 0 }) === JSON.stringify({ ...rule, about: 0 })) return;
    if (this.isDirty.value) this.isOutdated.value = before !== null && before.updated_at !== rule.updated_at;
    else this.take(rule, draftOf(rule));
  }

  /** Lets go of what was written. */
  discard(): void {
    if (this.isOutdated.value && this.newest) this.take(this.newest, draftOf(this.newest));
    else this.become(this.base.value);
  }

  private told(): { told: Told; faults: Fault[] } {
    const { told, faults } = toldOf(this.rule.value, this.draft.value);
    if (this.rule.value !== null) return { told, faults };
    if (!RULE_ID.test(this.id.value))
      faults.push({ place: "id", detail: "a name is 1 to 64 lower-case letters, digits and the signs . _ -" });
    else if (this.taken.value.has(this.id.value))
      faults.push({ place: "id", detail: `there is a rule ${this.id.value} already` });
    return { told, faults };
  }

  /** What is tried: the rule as it is written, or by its name where it is saved so; null where it cannot be read. */
  toTry(): (Told & { id: string }) | string | null {
    const rule = this.rule.value;
    if (rule !== null && !this.isDirty.value) return rule.id;
    const { told, faults } = toldOf(rule, this.draft.value);
    return this.sound(faults) ? { ...told, id: rule?.id ?? "own" } : null;
  }

  /** Whether it can be sent; else what is wrong stands at the fields. */
  private sound(faults: readonly Fault[]): boolean {
    this.faults.value = placed(faults, this.places());
    return faults.length === 0;
  }

  async save(): Promise<void> {
    const [{ told, faults }, before, id] = [this.told(), this.rule.value, this.id.value];
    if (this.isReadOnly.value || this.isBusy.value || !this.sound(faults)) return;
    await this.change(async () => {
      const saved = await putRule(id, told);
      this.take(saved, draftOf(saved));
      this.changed(saved);
      if (before !== null) askAgain();
      say(`Saved ${id}. It counts from the next judged step on.`, () => {
        this.undo(before, before === null ? `${id} is gone again.` : `${id} is as it was.`, () =>
          before === null ? deleteRule(id) : restore(before),
        );
      });
    });
  }

  /** Takes a rule of one's own away, or lets a built-in one stand as it comes. */
  async remove(): Promise<void> {
    const before = this.rule.value;
    if (before === null || this.isBusy.value) return;
    await this.change(async () => {
      await deleteRule(before.id);
      this.take(before, draftOf(before));
      this.changed(null);
      if (before.kind === "built-in") askAgain(); // the page of one's own is left
      const words = before.kind === "own" ? `Deleted ${before.id}.` : `${before.id} stands as it comes.`;
      say(words, () => {
        this.undo(before, `${before.id} is as it was.`, () => restore(before));
      });
    });
  }

  /** Puts what the server finds wrong at its fields. */
  refused(fault: unknown): void {
    const told = fault instanceof ApiError ? placed(fault.faults, this.places()) : NO_FAULTS;
    const isPlaced = told.at.size > 0 || told.rest.length > 0;
    this.faults.value = isPlaced ? told : { at: new Map(), rest: [wordsOf(fault)] };
  }

  private async change(act: () => Promise<void>): Promise<void> {
    this.isBusy.value = true;
    try {
      await act();
    } catch (fault) {
      this.refused(fault);
    } finally {
      this.isBusy.value = false;
    }
  }

  private undo(before: Rule | null, words: string, act: () => Promise<unknown>): void {
    act().then(
      () => {
        this.changed(before);
        askAgain();
        say(words);
      },
      (fault: unknown) => {
        sayFault(wordsOf(fault));
      },
    );
  }

  private take(rule: Rule | null, draft: Draft): void {
    this.rule.value = rule;
    this.base.value = draft;
    this.draft.value = draft;
    this.faults.value = NO_FAULTS;
    this.isOutdated.value = false;
  }

  private places(): string[] {
    return Object.keys({ id: "", ...this.draft.value.texts });
  }
}
