/** Notices on the desktop: off unless somebody asks for them, and the browser is asked only on that click. */
import { useState } from "preact/hooks";
import type { Choice } from "../announce";
import { askLeave, choice, choose, leave, type Leave } from "../notify";

const CHOICES: readonly { value: Choice; words: string }[] = [
  { value: "off", words: "None" },
  { value: "critical", words: "Critical incidents" },
  { value: "warning", words: "Warnings and critical incidents" },
];

const SENTENCES: Record<Leave, string> = {
  granted: "",
  default: "",
  denied:
    "This browser does not let the page show notices. Allow notifications for this address in the browser's site settings, then choose again.",
  missing: "This browser shows notices only for pages on this machine or over https, and so not for this one.",
};

export function Notices() {
  const [{ given }, setGiven] = useState({ given: leave() });
  const wanted = choice.value;
  const isHeld = wanted !== "off" && given === "granted";
  const ask = async (value: Choice): Promise<void> => {
    const told = await askLeave();
    if (told === "granted") choose(value);
    setGiven({ given: told }); // anew even where it is the same: what was clicked does not hold then
  };
  const pick = (value: Choice): void => {
    if (value === "off" || given === "granted") choose(value);
    else
      ask(value).catch(() => {
        setGiven({ given });
      });
  };
  return (
    <section class="card" aria-labelledby="notices-title">
      <h2 id="notices-title">Notices on the desktop</h2>
      <p>One for each incident that opens in a live run, while a tab of this page is open somewhere.</p>
      <fieldset>
        <legend class="unseen">Notify of</legend>
        {CHOICES.map(({ value, words }) => (
          <label key={value}>
            <input
              type="radio"
              name="notices"
              checked={value === (isHeld ? wanted : "off")}
              disabled={given === "missing"}
              onChange={() => {
                pick(value);
              }}
            />{" "}
            {words}
          </label>
        ))}
      </fieldset>
      <p class="fault" role="status">
        {SENTENCES[given]}
      </p>
      <p class="dim">
        Nothing is shown for what was open before, nor for the run that you are looking at; several tabs speak once.
      </p>
    </section>
  );
}
