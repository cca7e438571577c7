/** The place where it is said who was told of an incident: filled once it is in sight, by code that comes then. */
import type { ComponentType } from "preact";
import "../styles/told.css";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Alert } from "../wire";

type ToldOf = ComponentType<{ alert: Alert }>;

export function ToldSlot({ alert }: { alert: Alert }) {
  const slot = useRef<HTMLDivElement>(null);
  const [Told, setTold] = useState<ToldOf | null>(null);
  useEffect(() => {
    if (!slot.current) return;
    const watcher = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watcher.disconnect();
      import("./told").then(
        (module) => {
          setTold(() => module.default);
        },
        () => undefined, // the incident says enough without it
      );
    });
    watcher.observe(slot.current);
    return () => {
      watcher.disconnect();
    };
  }, []);
  return (
    <div ref={slot} class="told-slot">
      {Told && <Told alert={alert} />}
    </div>
  );
}
