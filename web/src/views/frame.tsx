/** What stands around every view and can wait until the first one is seen. */
import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import "../styles/help.css";
import "../styles/frame.css";
import "../styles/print.css";
import { useCommands } from "../commands";
import { overlay } from "../overlay";
import { startPlaces } from "../places";
import { preparePrint } from "../print";
import { useShortcuts } from "../shortcuts";
import { startSignals } from "../signals";
import { NoticeLine } from "./notice";

let hasStarted = false;

function start(): void {
  if (hasStarted) return;
  hasStarted = true;
  startPlaces();
  startSignals();
}

export default function Frame() {
  useEffect(start, []);
  const print = (): void => {
    void preparePrint();
  };
  useShortcuts([{ key: "mod+p", words: "Print what is shown", act: print, everywhere: true }]);
  useCommands(
    () => [
      { id: "print", title: "Print this page", group: "Page", act: print },
      { id: "help", title: "Show the keys", group: "Page", key: "?", act: () => (overlay.value = "help") },
    ],
    [],
  );
  return (
    <>
      <Overlay />
      <NoticeLine />
    </>
  );
}

type OverlayOf = ComponentType<{ close: () => void }>;
const LOADERS = { palette: () => import("./palette"), help: () => import("./help") };

function Overlay() {
  const [found, setFound] = useState<Partial<Record<keyof typeof LOADERS, OverlayOf>>>({});
  const wanted = overlay.value;
  useEffect(() => {
    if (wanted === null) return;
    LOADERS[wanted]().then(
      (module) => {
        setFound((before) => ({ ...before, [wanted]: module.default }));
      },
      () => (overlay.value = null),
    );
  }, [wanted]);
  const View = wanted === null ? undefined : found[wanted];
  return View ? <View close={() => (overlay.value = null)} /> : null;
}
