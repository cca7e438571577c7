/** The parts around a chart's picture: its head, its switches, its labels and caption. */
import { MoreButton } from "./actions/button";
import type { Subject } from "./actions/items";
import { toggleTable } from "./choices";
import { fill } from "./lens";
import type { Picture, Switch } from "./spec";

export function Head({ subject }: { subject: Subject }) {
  const { spec, picture, asTable, isFull } = subject;
  return (
    <header>
      <h3 title={spec.title}>{spec.title}</h3>
      <span class="headline">{picture.headline}</span>
      <button
        type="button"
        class="quiet"
        aria-pressed={asTable}
        disabled={picture.columns.length === 0}
        onClick={() => {
          toggleTable(spec);
        }}
        aria-label={`${spec.title} as a table`}
      >
        table
      </button>
      <MoreButton {...subject} />
      {isFull && (
        <button
          type="button"
          class="quiet leave"
          aria-label="Leave full screen"
          onClick={() => {
            fill(null);
          }}
        >
          ✕
        </button>
      )}
    </header>
  );
}

interface SwitchesProps {
  of: readonly Switch[];
  chosen: readonly string[];
  onChoose: (chosen: string[]) => void;
}

export function Switches({ of, chosen, onChoose }: SwitchesProps) {
  if (of.length === 0) return null;
  const button = (index: number, option: string) => (
    <button
      type="button"
      key={option}
      aria-pressed={option === chosen[index]}
      onClick={() => {
        onChoose(chosen.map((old, at) => (at === index ? option : old)));
      }}
    >
      {option}
    </button>
  );
  return (
    <div class="switches">
      {of.map(({ name, options }, index) => (
        <div class="choice" key={name} role="group" aria-label={name}>
          {options.map((option) => button(index, option))}
        </div>
      ))}
    </div>
  );
}

interface FooterProps {
  picture: Picture;
  hidden: readonly string[];
  onHide: (name: string) => void;
}

/** Labels with the latest figure of each line, which show and hide it, and the caption; its room is always kept. */
export function Footer({ picture, hidden, onHide }: FooterProps) {
  return (
    <footer>
      {picture.labels.length > 0 && (
        <ul class="labels" aria-label="Lines">
          {picture.labels.map(({ name, colour, text }) => (
            <li key={name}>
              <button
                type="button"
                aria-pressed={!hidden.includes(name)}
                title={hidden.includes(name) ? `Show ${name}` : `Hide ${name}`}
                onClick={() => {
                  onHide(name);
                }}
              >
                <i style={{ background: `var(--${colour})` }} aria-hidden="true" /> {name} <b>{text}</b>
              </button>
            </li>
          ))}
        </ul>
      )}
      <p class="caption">{picture.caption}</p>
    </footer>
  );
}
