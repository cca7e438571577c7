/** A sentence of the judgement with its code set as code. */
import { codeParts } from "../evidence";

export function Worded({ text }: { text: string }) {
  return <>{codeParts(text).map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>;
}
