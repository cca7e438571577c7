/** The place of the details below the charts: they are loaded when somebody comes near, or when the address names them. */
import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { RunStore } from "../../run";
import { query } from "../../state";

type DetailsOf = ComponentType<{ store: RunStore }>;

export function LazyDetails({ store }: { store: RunStore }) {
  const place = useRef<HTMLElement>(null);
  const [Details, setDetails] = useState<DetailsOf | null>(null);
  const [failed, setFailed] = useState(false);
  const isNamed = query.value.has("tab");
  useEffect(() => {
    const load = (): void => {
      import("./details").then(
        (module) => {
          setDetails(() => module.default);
        },
        () => {
          setFailed(true);
        },
      );
    };
    if (isNamed) {
      load();
      return;
    }
    const near = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) load();
      },
      { rootMargin: "200px" },
    );
    if (place.current) near.observe(place.current);
    return () => {
      near.disconnect();
    };
  }, [isNamed]);
  return (
    <section class="details-place" ref={place} aria-label="Details" style={{ minHeight: "420px", marginTop: "24px" }}>
      {failed && <p class="note">The details could not be loaded. Reload the page to try again.</p>}
      {Details && <Details store={store} />}
    </section>
  );
}
