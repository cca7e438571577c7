/** Config and intent as trees to search and to copy from, and what was declared after the start. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { getExactRun, listDeclarations } from "../../api-details";
import { declarationsOf, type Declaration } from "../../details/declarations";
import type { Exact } from "../../details/json";
import { countLeaves, isObject, nodesOf, search, type Node } from "../../details/tree";
import type { WholeRun } from "../../details/facts";
import { formatCount } from "../../format";
import type { RunStore } from "../../run";
import { showStep } from "../linked";
import { Ago, copy, Fault, Find, findWords } from "./parts";

const AGAIN_MS = 300;
/** A tree with more values comes with its branches folded. */
const MOST_OPEN = 150;
const LONG = 600;

interface Declared {
  config: Exact;
  intent: Exact;
  later: Declaration[];
}

export function Config({ store }: { store: RunStore }) {
  const { told, fault, again } = useDeclared(store);
  const words = findWords();
  if (fault !== null && told === null) return <Fault fault={fault} again={again} />;
  if (told === null) return <p class="note">Loading the config…</p>;
  return (
    <>
      <div class="panel-bar">
        <Find label="Search keys and values" />
      </div>
      <div class="trees">
        <TreeOf title="Config" root="config" value={told.config} words={words} empty="No config was declared." />
        <div>
          <TreeOf
            title="Intent"
            root="intent"
            value={told.intent}
            words={words}
            empty="No intent was declared: what the run is meant to do cannot be checked."
          />
          <Later declarations={told.later} />
        </div>
      </div>
    </>
  );
}

/** What is declared, asked for again whenever the run tells of another config or intent. */
function useDeclared(store: RunStore): { told: Declared | null; fault: unknown; again: () => void } {
  const run: WholeRun | null = store.run.value;
  const mark = JSON.stringify([run?.config, run?.intent]);
  const [told, setTold] = useState<Declared | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isOver = false;
    const load = (): void => {
      Promise.all([getExactRun(store.id), listDeclarations(store.id)]).then(
        ([whole, events]) => {
          if (isOver) return;
          const of = (name: string): Exact => (isObject(whole) ? (whole[name] ?? null) : null);
          setTold({ config: of("config"), intent: of("intent"), later: declarationsOf(events) });
          setFault(null);
        },
        (error: unknown) => {
          if (!isOver) setFault(error);
        },
      );
    };
    const timer = window.setTimeout(load, told === null ? 0 : AGAIN_MS);
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [store, mark, turn]);
  const again = (): void => {
    setTurn(turn + 1);
  };
  return { told, fault, again };
}

interface TreeProps {
  title: string;
  root: string;
  value: Exact;
  words: string;
  empty: string;
}

function TreeOf({ title, root, value, words, empty }: TreeProps) {
  const nodes = useMemo(() => nodesOf(value), [value]);
  const found = useMemo(() => search(nodes, words), [nodes, words]);
  const all = countLeaves(nodes);
  const shown = countLeaves(found);
  return (
    <section aria-label={title}>
      <h2>
        {title} <small>{words === "" ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`}</small>
      </h2>
      {nodes.length === 0 && <p class="dim">{empty}</p>}
      {nodes.length > 0 && found.length === 0 && <p class="dim">Nothing in it answers to “{words}”.</p>}
      <Branch nodes={found} root={root} isOpen={words !== "" || all <= MOST_OPEN} />
    </section>
  );
}

function Branch({ nodes, root, isOpen }: { nodes: readonly Node[]; root: string; isOpen: boolean }) {
  return (
    <ul class="tree">
      {nodes.map((node) => (
        <li key={node.path}>
          {node.kind === "branch" ? <Fold node={node} root={root} isOpen={isOpen} /> : <Leaf node={node} />}
        </li>
      ))}
    </ul>
  );
}

/** What is folded is not drawn. */
function Fold({ node, root, isOpen }: { node: Node; root: string; isOpen: boolean }) {
  const [open, setOpen] = useState(isOpen);
  useEffect(() => {
    setOpen(isOpen);
  }, [isOpen]);
  return (
    <details
      open={open}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        {node.key} <small>{node.text}</small>
      </summary>
      {open && <Branch nodes={node.children} root={root} isOpen={isOpen} />}
    </details>
  );
}

function Leaf({ node }: { node: Node }) {
  const [whole, setWhole] = useState(false);
  const isLong = node.text.length > LONG && !whole;
  return (
    <div class="leaf">
      <button
        type="button"
        class="quiet key"
        title={`Copy ${node.path}`}
        onClick={() => {
          copy(node.path, node.path);
        }}
      >
        {node.key}
      </button>
      <span class={node.kind === "word" ? "value word" : "value"}>
        {isLong ? `${node.text.slice(0, LONG)}…` : node.text === "" ? "“”" : node.text}
        {isLong && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              setWhole(true);
            }}
          >
            All {formatCount(node.text.length)} characters
          </button>
        )}
      </span>
    </div>
  );
}

/** Later declarations, the newest first: what each changed, and from what. */
function Later({ declarations }: { declarations: readonly Declaration[] }) {
  if (declarations.length === 0) return null;
  return (
    <section aria-label="Declared later" class="later">
      <h2>
        Declared later <small>{formatCount(declarations.length)}</small>
      </h2>
      <ol>
        {declarations.map((one) => (
          <li key={one.id}>
            <p class="dim">
              {one.what}, {one.step === null ? "" : <StepLink step={Number(one.step)} />} <Ago ts={one.ts} />
            </p>
            <dl>
              {one.changes.map(({ path, from, to }) => (
                <div key={path}>
                  <dt>{path}</dt>
                  <dd>
                    {from !== null && <s>{from}</s>} {to}
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** A step as a button that marks it on the charts. */
export function StepLink({ step }: { step: number }) {
  return (
    <button
      type="button"
      class="quiet step"
      onClick={() => {
        showStep(step);
      }}
    >
      step {formatCount(step)}
    </button>
  );
}
