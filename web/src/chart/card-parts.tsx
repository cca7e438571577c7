/** The parts around a chart's picture: its head, its switches, its labels and caption. */
import type { Picture, Spec, Switch } from "./spec";

interface HeadProps {
  spec: Spec;
  picture: Picture;
  asTable: boolean;
  onTable: (asTable: boolean) => void;
}

export function Head({ spec, picture, asTable, onTable }: HeadProps) {
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
          onTable(!asTable);
        }}
        aria-label={`${spec.title} as a table`}
      >
        table
      </button>
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

/** Labels with the latest figure of each line, and the caption; its room is kept even while it is empty. */
export function Footer({ picture }: { picture: Picture }) {
  return (
    <footer>
      {picture.labels.length > 0 && (
        <ul class="labels">
          {picture.labels.map(({ name, colour, text }) => (
            <li key={name}>
              <i style={{ background: `var(--${colour})` }} aria-hidden="true" /> {name} <b>{text}</b>
            </li>
          ))}
        </ul>
      )}
      <p class="caption">{picture.caption}</p>
    </footer>
  );
}
