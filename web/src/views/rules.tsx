/** Rules: the book, one rule of it, or a new one; what is asked for says the address. */
import "../styles/rules.css";
import "../styles/rules-form.css";
import "../styles/rules-trial.css";
import { query } from "../state";
import { NewRule, RulePage } from "./rules-page";
import { Book } from "./rules-book";

export default function RulesView({ id }: { id: string }) {
  const metric = query.value.get("metric");
  if (id !== "") return <RulePage key={id} id={id} />;
  // A new metric in the address is a new rule; while it is written the address stays as it is.
  return metric === null ? <Book /> : <NewRule key={`new ${metric}`} metric={metric} />;
}
