/** What is documented of a rule: what it looks at, when it fires and what it is quiet for first, the rest folded. */
import { Marked } from "./rules-marked";

const FIRST = ["Looks at", "Fires when", "Quiet for"];
const REST = ["Formula", "Causes", "Example"];

interface AboutProps {
  about: Readonly<Record<string, string>>;
  params: readonly string[];
}

export function About({ about, params }: AboutProps) {
  const named = (leads: readonly string[]): string[] => leads.filter((lead) => about[lead] !== undefined);
  if (named(FIRST).length === 0) return null;
  return (
    <section class="rule-about" aria-label="What it looks for">
      <Leads about={about} params={params} leads={named(FIRST)} />
      <details>
        <summary>Formula, causes and an example</summary>
        <Leads about={about} params={params} leads={named(REST)} />
      </details>
    </section>
  );
}

function Leads({ about, params, leads }: AboutProps & { leads: readonly string[] }) {
  return (
    <dl>
      {leads.map((lead) => (
        <div key={lead}>
          <dt>{lead}</dt>
          <dd>
            <Marked text={about[lead] ?? ""} of={(code) => (params.includes(code) ? <Param name={code} /> : null)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A parameter leads to its field. */
function Param({ name }: { name: string }) {
  return (
    <button
      type="button"
      class="param"
      title="Go to this parameter"
      onClick={() => document.getElementById(`params.${name}`)?.focus()}
    >
      <code>{name}</code>
    </button>
  );
}
