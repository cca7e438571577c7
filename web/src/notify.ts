/** Whether notices on the desktop are wanted, kept in this browser, and whether the browser lets us. */
import { signal } from "@preact/signals";
import type { Choice } from "./announce";

const KEY = "lineside.notices";

function read(): Choice {
  try {
    const told = window.localStorage.getItem(KEY);
    return told === "critical" || told === "warning" ? told : "off";
  } catch {
    return "off";
  }
}

export const choice = signal<Choice>(read());

export function choose(wanted: Choice): void {
  choice.value = wanted;
  try {
    window.localStorage.setItem(KEY, wanted);
  } catch {
    // then it holds until the page is closed
  }
}

window.addEventListener("storage", ({ key }) => {
  if (key === KEY || key === null) choice.value = read();
});

export type Leave = NotificationPermission | "missing";

/** Notices exist only on this machine or over https. */
export const leave = (): Leave => ("Notification" in window ? Notification.permission : "missing");

/** Asks the browser for leave; to be called on a click alone. */
export async function askLeave(): Promise<Leave> {
  return "Notification" in window ? Notification.requestPermission() : "missing";
}
