/** The place of a chart: the chart itself while it is near the view, else an empty card of the same height. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { onPaper } from "../paper";
import { lens } from "./lens";

type Told = (isNear: boolean) => void;

/** One observer for all: far more of them than there are charts in view. */
const told = new WeakMap<Element, Told>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting);
  },
  { rootMargin: "100% 0px" },
);

interface SlotProps {
  id: string;
  children: () => ComponentChildren;
}

export function Slot({ id, children }: SlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    told.set(element, setNear);
    observer.observe(element);
    return () => {
      observer.unobserve(element);
    };
  }, []);
  const isThere = isNear || onPaper.value || lens.full.value === id;
  return (
    <div class="slot" ref={place} {...(isThere ? {} : { "data-chart": id })}>
      {isThere && children()}
    </div>
  );
}
