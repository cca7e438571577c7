/** One rule: what it looks for, its form with the trial beside it, and the live runs that it judges. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { wordsOf } from "../api";
import { getRule, listRules, listStandings } from "../api-rules";
import { useAsked } from "../rulebook/asked";
import { fromWords, onWords, scopeWords, titleWords } from "../rulebook/book";
import { Editor } from "../rulebook/editor";
import type { OneRule, Rule, RunStanding } from "../rulebook/wire";
import { ruleHref, rulesHref } from "../route";
import { query, visit } from "../state";
import { useTitle } from "../title";
import { About } from "./rules-about";
import { RuleForm } from "./rules-form";
import { Leaving } from "./rules-leaving";
import { LiveRuns } from "./rules-live";
import { RuleMutes } from "./rules-mutes";
import { Trial } from "./rules-trial";

interface Known {
  rule: OneRule;
  runs: RunStanding[];
}

async function lookUp(id: string): Promise<Known> {
  const [rule, standings] = await Promise.all([getRule(id), listStandings(id)]);
  return { rule, runs: standings.items };
}

export function RulePage({ id }: { id: string }) {
  const asked = useAsked(() => lookUp(id), [id]);
  const [known, fault] = [asked.answer.value, asked.fault.value];
  useTitle(`${id} · Rules`);
  if (known) return <KnownRule known={known} isGone={fault?.status === 404} />;
  return (
    <>
      <Back />
      <h1>{id}</h1>
      <p class="note">{fault ? wordsOf(fault) : "Loading the rule…"}</p>
    </>
  );
}

function KnownRule({ known, isGone }: { known: Known; isGone: boolean }) {
  const { rule, runs } = known;
  const [editor] = useState(
    () =>
      new Editor(rule, "", (after) => {
        if (after === null && rule.kind === "own") visit(rulesHref());
      }),
  );
  useEffect(() => {
    editor.follow(rule);
  }, [rule]);
  return (
    <>
      <Back />
      <Heading rule={rule} />
      {isGone && <p class="rule-gone">This rule is not in the book any more; saving it puts it back.</p>}
      <About about={rule.about} params={Object.keys(rule.params)} />
      <div class="rule-work">
        <RuleForm editor={editor} />
        <Trial editor={editor} />
      </div>
      <LiveRuns runs={runs} rule={rule} />
      <RuleMutes rule={rule.id} mutes={rule.mutes} />
      <Leaving isDirty={editor.isDirty} />
    </>
  );
}

/** A rule that is not in the book yet, of a metric that the address names. */
export function NewRule({ metric }: { metric: string }) {
  const asked = useAsked(listRules, []);
  const run = query.value.get("run");
  const editor = useMemo(
    () =>
      new Editor(null, metric, (after) => {
        visit(after === null ? rulesHref() : ruleHref(after.id));
      }),
    [],
  );
  const rules = asked.answer.value?.items;
  useTitle("New rule");
  useEffect(() => {
    if (rules) editor.taken.value = new Set(rules.map((rule) => rule.id));
  }, [rules]);
  return (
    <>
      <Back />
      <div class="rule-head">
        <h1>{metric === "" ? "New rule" : `New rule on ${metric}`}</h1>
      </div>
      <p class="dim rule-intro">
        A rule of your own looks at one series of each run{run ? "; try it beside, then save it" : ""}.
      </p>
      <div class="rule-work">
        <RuleForm editor={editor} />
        <Trial editor={editor} />
      </div>
      <Leaving isDirty={editor.isDirty} />
    </>
  );
}

const Back = () => (
  <p class="rule-back">
    <a href={rulesHref()}>All rules</a>
  </p>
);

function Heading({ rule }: { rule: Rule }) {
  const where = scopeWords(rule);
  const facts = [rule.family, fromWords(rule), onWords(rule), where].filter((one) => one !== "");
  return (
    <div class="rule-head">
      <h1>{rule.id}</h1>
      <span class="dim">{facts.join(" · ")}</span>
      <p>{titleWords(rule)}</p>
    </div>
  );
}
