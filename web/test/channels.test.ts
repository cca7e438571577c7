/** Channels in words, the form's draft, and who was told of an alert. */
import { describe, expect, it } from "vitest";
import { draftOf, faultsOf, localTime, newDraft, toldOf } from "../src/channels/draft";
import { linesOf, summaryOf } from "../src/channels/told";
import type { Channel, Message, ToldMessage, ToldPage } from "../src/channels/wire";
import {
  answerWords,
  filterWords,
  healthWords,
  openWords,
  stateWords,
  titleOf,
  trialWords,
} from "../src/channels/words";
import { mutedWords, muteOf } from "../src/mutes";

const NOW = 1_790_000_000;

const channel = (more: Partial<Channel> = {}): Channel => ({
  id: "c",
  kind: "standard",
  name: "ops",
  target: "https://hooks.example.com",
  filters: { projects: [], rules: [], severity: "warning", events: [] },
  quiet: null,
  enabled: true,
  disabled_reason: null,
  created_at: 0,
  updated_at: 0,
  deliveries: {},
  health: { delivered_at: null, failing_since: null, error: null, dead_letters: 0 },
  secret: null,
  ...more,
});

const message = (more: Partial<ToldMessage> = {}): ToldMessage => ({
  id: "msg_1",
  webhook: "c",
  name: "ops",
  kind: "standard",
  run_id: "r",
  alert_id: "a",
  event: "run.alert.firing",
  state: "delivered",
  attempts: 1,
  due_at: null,
  created_at: NOW - 20,
  finished_at: NOW - 10,
  status: 200,
  error: null,
  took_s: 0.12,
  body: { type: "run.alert.firing", data: { run: { name: "night", state: "lost" }, alert: { title: "It is zero" } } },
  ...more,
});

describe("a channel in words", () => {
  it("says what it is told", () => {
    expect(filterWords(channel())).toBe("Warnings and worse");
    const filters = {
      projects: ["a", "b"],
      rules: ["r1", "r2", "r3", "r4"],
      severity: "critical",
      events: [],
    } as const;
    const quiet = { start: "22:00", end: "07:00", but_critical: true };
    expect(
      filterWords({ filters: { ...filters, projects: ["a", "b"], rules: [...filters.rules], events: [] }, quiet }),
    ).toBe("Critical alone · projects a, b · rules r1, r2, r3 and 1 more · quiet 22:00–07:00 UTC but for critical");
  });

  it("says how it fares", () => {
    const health = { delivered_at: NOW - 120, failing_since: null, error: null, dead_letters: 0 };
    expect(healthWords(channel(), NOW)).toBe("Nothing was sent so far");
    expect(healthWords(channel({ health }), NOW)).toBe("Last delivered 2 m ago");
    const fails = { ...health, failing_since: NOW - 60 };
    expect(healthWords(channel({ health: fails }), NOW)).toBe("Failing for 1 m, last 2 m ago");
    expect(healthWords(channel({ health: { ...fails, delivered_at: null } }), NOW)).toContain("nothing arrived so far");
    expect(healthWords(channel({ enabled: false, disabled_reason: "Gone." }), NOW)).toBe("Off: Gone.");
    expect(openWords(channel({ deliveries: { waiting: 1, sending: 1 }, health: { ...health, dead_letters: 1 } }))).toBe(
      "2 messages wait, 1 dead letter",
    );
  });
});

describe("a message in words", () => {
  it.each<[Partial<Message>, string]>([
    [{}, "It is zero"],
    [{ event: "run.alert.resolved" }, "Over: It is zero"],
    [{ event: "run.state" }, "The run is lost"],
    [{ run_id: null }, "A test"],
    [{ body: { data: "nonsense" } }, ""],
  ])("of %o", (more, title) => {
    expect(titleOf(message(more))).toBe(title);
  });

  it("says how it stands and what came back", () => {
    expect(stateWords(message({ state: "waiting", due_at: NOW - 1 }), NOW)).toBe("Waits to be sent");
    expect(stateWords(message({ state: "waiting", due_at: NOW + 60, attempts: 2 }), NOW)).toMatch(
      /^Waits, try 3 at \d\d:\d\d:\d\d$/,
    );
    expect(stateWords(message({ state: "dead", attempts: 1 }), NOW)).toBe("Given up after 1 try");
    expect(answerWords(message())).toBe("200 in 120 ms");
    expect(answerWords(message({ status: null, took_s: 2.5, state: "dead" }))).toBe("no answer in 2.5 s");
    expect(trialWords(message({ status: null }))).toBe("It arrived in 120 ms.");
    expect(answerWords(message({ took_s: null }))).toBe("");
    expect(trialWords(message())).toBe("It arrived: 200 in 120 ms.");
    expect(trialWords(message({ state: "dead", status: null, error: "No route." }))).toBe(
      "It did not arrive. No route. (no answer in 120 ms)",
    );
  });
});

describe("the form of a channel", () => {
  it("leaves out what is kept", () => {
    const told = toldOf(draftOf(channel()), false);
    expect(told).toEqual({
      name: "ops",
      filters: { projects: [], rules: [], severity: "warning", events: [] },
      quiet: null,
      enabled: true,
    });
    const fresh = { ...newDraft("standard"), url: " https://a.example ", secret: "whsec_x" };
    expect(toldOf(fresh, true)).toMatchObject({ kind: "standard", url: "https://a.example", secret: "whsec_x" });
    expect(toldOf({ ...fresh, kind: "apprise" }, true)).not.toHaveProperty("secret");
  });

  it("says what is missing", () => {
    expect(faultsOf(newDraft("standard"), true).map(({ place }) => place)).toEqual(["url"]);
    expect(
      faultsOf({ ...draftOf(channel()), name: " ", isQuiet: true, start: "" }, false).map(({ place }) => place),
    ).toEqual(["name", "quiet.start"]);
  });

  it("tells hours as they are here", () => {
    expect(localTime("22:00", -120)).toBe("00:00");
    expect(localTime("01:30", 300)).toBe("20:30");
    expect(localTime("22:00", 0)).toBe("");
    expect(localTime("", -60)).toBe("");
  });
});

describe("who was told", () => {
  const page = (more: Partial<ToldPage>): ToldPage => ({ items: [], next: null, nobody: null, untold: [], ...more });
  const waiting = message({
    webhook: "d",
    name: "pager",
    state: "waiting",
    attempts: 2,
    due_at: NOW + 60,
    error: "500.",
  });
  const untold = { webhook: "e", name: "night", kind: "apprise" as const, why: "is switched off", at: null };

  it("stands in one line, and in one each", () => {
    expect(summaryOf(page({ items: [message(), waiting] }), NOW)).toMatch(
      /^Told ops at \d\d:\d\d:\d\d; pager waits, try 3 at \d\d:\d\d:\d\d\.$/,
    );
    const lines = linesOf(page({ items: [message(), waiting], untold: [untold] }), NOW);
    expect(lines[0]).toMatch(/^Told ops \(signed webhook\) at .*, delivered in 120 ms\.$/);
    expect(lines[1]).toMatch(/^pager \(signed webhook\) waits, try 3 at .*: 500\.$/);
    expect(lines[2]).toBe("night is switched off.");
  });

  it("says why nobody was", () => {
    expect(summaryOf(page({ nobody: "It is muted." }), NOW)).toBe("It is muted.");
    expect(summaryOf(page({ untold: [untold] }), NOW)).toBe("Nobody was told: night is switched off.");
    expect(summaryOf(page({}), NOW)).toBe("Nobody was told: no channel is for this project.");
    expect(summaryOf(page({ items: [message({ state: "dead" })] }), NOW)).toBe("ops was not reached.");
  });
});

it("a mute holds for its rule and project until it ends", () => {
  const mute = { rule: "plateau", project: "p", by: "ada", at: 0, until: NOW + 60 };
  expect(muteOf([mute], "plateau", "p", NOW)).toBe(mute);
  expect(muteOf([mute], "plateau", "p", NOW + 60)).toBeUndefined();
  expect(muteOf([mute], "plateau", "q", NOW)).toBeUndefined();
  expect(muteOf(null, "plateau", "p", NOW)).toBeUndefined();
  expect(mutedWords(mute, NOW)).toBe("Muted for project p by ada for 1 m 0 s more");
});
