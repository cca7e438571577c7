/** The views, each in a file of its own that is loaded when somebody goes there. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ViewName } from "../route";

type ViewOf = ComponentType<{ id: string }>;
type Loader = () => Promise<{ default: ViewOf }>;

const LOADERS: Record<ViewName | "sign-in", Loader> = {
  runs: () => import("./runs"),
  run: () => import("./run"),
  compare: () => import("./compare"),
  alerts: () => import("./alerts"),
  rules: () => import("./rules"),
  rule: () => import("./rules"),
  settings: () => import("./settings"),
  channels: () => import("./channels"),
  channel: () => import("./channels"),
  lost: () => import("./not-found"),
  "sign-in": () => import("./sign-in"),
};

const loaded = new Map<Loader, ViewOf>();

async function load(view: Loader): Promise<ViewOf> {
  const found = loaded.get(view) ?? (await view()).default;
  loaded.set(view, found);
  return found;
}

export function LazyView({ name, id }: { name: keyof typeof LOADERS; id: string }) {
  const loader = LOADERS[name];
  const [, setLoads] = useState(0);
  const [failed, setFailed] = useState(false);
  const View = loaded.get(loader);
  useEffect(() => {
    setFailed(false);
    load(loader).then(
      () => {
        setLoads((before) => before + 1);
      },
      () => {
        setFailed(true);
      },
    );
  }, [loader]);
  if (View) return <View id={id} />;
  // A new version of the service names its files anew: those of the old page are gone.
  if (failed)
    return (
      <p class="note" role="alert">
        This part of the page could not be loaded.{" "}
        <button
          type="button"
          onClick={() => {
            window.location.reload();
          }}
        >
          Reload the page
        </button>
      </p>
    );
  return null;
}
