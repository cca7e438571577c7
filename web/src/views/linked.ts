/** What an address points at on a run's page: one of its findings, unfolded, or a step on the charts. */
import { useEffect, useRef } from "preact/hooks";
import { ApiError } from "../api";
import { getAlert } from "../api-details";
import { lens } from "../chart/lens";
import { sayFault } from "../notice";
import type { RunStore } from "../run";
import { bringIntoView, goTo } from "../scroll";
import { goWith, query } from "../state";
import type { Alert } from "../wire";

const FARTHEST = 8;

/** Follows `alert=` and `step=` of the address, each time that one of them changes. */
export function useLinked(store: RunStore): void {
  const [alert, step] = [query.value.get("alert"), stepOf(query.value.get("step"))];
  const done = useRef("");
  useEffect(() => {
    if (alert === null || done.current === alert) return;
    done.current = alert;
    reach(store, alert).then(
      (found) => {
        unfold(store, found);
      },
      (fault: unknown) => {
        if (fault instanceof ApiError && fault.status === 404)
          sayFault("The finding of this address is no more: its run was judged anew.");
      },
    );
  }, [store, alert]);
  useEffect(() => {
    if (step === null) return;
    store.shown.value = { id: `step ${step}`, step, keys: [], everywhere: true, still: true };
    return () => {
      if (store.shown.peek()?.everywhere) store.shown.value = null;
    };
  }, [store, step]);
}

const stepOf = (text: string | null): number | null => (text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null);

/** Marks a step on all charts and brings the first of them into view; the browser's Back takes it back. */
export function showStep(step: number): void {
  const seen = lens.window.peek();
  const isOutside = seen !== null && (step < seen[0] || step > seen[1]);
  goWith({ step: String(step), alert: null, ...(isOutside ? { from: null, to: null } : {}) }, true);
  bringIntoView(document.querySelector("[data-chart]"));
}

/** The finding, fetched with all that it follows from where the snapshot did not hold it. */
async function reach(store: RunStore, id: string): Promise<Alert> {
  const held = (wanted: string): Alert | undefined => store.alerts.peek().find((one) => one.id === wanted);
  const found = held(id) ?? (await getAlert(id));
  const fetched = held(id) ? [] : [found];
  for (let at = found, far = 0; at.parent !== null && !held(at.parent) && far < FARTHEST; far += 1) {
    at = await getAlert(at.parent);
    fetched.unshift(at);
  }
  store.addAlerts(fetched);
  return found;
}

function unfold(store: RunStore, { id, opened_step: step, evidence }: Alert): void {
  store.released.value += 1; // on narrow screens it may wait to be asked for
  store.shown.value = { id, step, keys: evidence.keys, still: true };
  requestAnimationFrame(() => {
    const element = document.getElementById(`alert-${id}`);
    for (let at = element?.closest("details"); at; at = at.parentElement?.closest("details")) at.open = true;
    goTo(element);
  });
}
