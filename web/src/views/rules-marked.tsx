/** Text of the documentation or of a check, with its code and its stresses set as such. */
import type { ComponentChildren } from "preact";
import { blocksOf, type Part } from "../rulebook/markup";

/** `of` draws a piece of code in another way, where it gives anything. */
export function Marked({ text, of }: { text: string; of?: (code: string) => ComponentChildren }) {
  return (
    <>
      {blocksOf(text).map((block, index) =>
        block.kind === "pre" ? (
          <pre key={index}>{block.text}</pre>
        ) : (
          <p key={index}>
            {block.parts.map((part, at) => (
              <Piece key={at} part={part} of={of} />
            ))}
          </p>
        ),
      )}
    </>
  );
}

function Piece({ part, of }: { part: Part; of: ((code: string) => ComponentChildren) | undefined }) {
  if (part.kind === "em") return <em>{part.text}</em>;
  if (part.kind === "text") return <>{part.text}</>;
  return <>{of?.(part.text) ?? <code>{part.text}</code>}</>;
}
