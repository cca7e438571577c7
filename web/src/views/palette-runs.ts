/** The runs that answer to what is typed in the palette, asked for when the typing rests. */
import { useEffect, useState } from "preact/hooks";
import { call, wordsOf } from "../api";
import type { Entry } from "../palette";
import { nameOf } from "../roles";
import { runHref } from "../route";
import { visit } from "../state";
import { wantsToken } from "../socket";
import type { Run, RunPage } from "../wire";

const REST_MS = 150;
const MOST = 8;

export interface Found {
  runs: readonly Entry[];
  fault: string;
  isLoading: boolean;
}

export function useFoundRuns(query: string): Found {
  const [found, setFound] = useState<Found>({ runs: [], fault: "", isLoading: true });
  const q = query.trim();
  useEffect(() => {
    const given = new AbortController();
    const ask = async (): Promise<void> => {
      const asked = new URLSearchParams({ limit: String(MOST), ...(q === "" ? {} : { q }) });
      const page = await call<RunPage>("runs", { query: asked, signal: given.signal });
      setFound({ runs: page.items.map(entryOf), fault: "", isLoading: false });
    };
    const timer = window.setTimeout(
      () => {
        ask().catch((fault: unknown) => {
          if (given.signal.aborted) return;
          wantsToken(fault);
          setFound({ runs: [], fault: `The runs could not be asked for. ${wordsOf(fault)}`, isLoading: false });
        });
      },
      q === "" ? 0 : REST_MS,
    );
    return () => {
      given.abort();
      window.clearTimeout(timer);
    };
  }, [q]);
  return found;
}

function entryOf(run: Run): Entry {
  const href = runHref(run.id);
  const detail = [run.project, run.state].filter((part) => part !== null).join(" · ");
  return {
    id: `run ${run.id}`,
    title: nameOf(run),
    group: "Runs",
    detail,
    href,
    act: () => {
      visit(href);
    },
  };
}
