import { expect, it } from "vitest";
import { mayOf, type Session } from "../src/session";

const held = (scope: Session["scope"], project: string | null = null): Session => ({
  name: "n",
  scope,
  project,
  signed_in: true,
});

it("says what a token may do, and where", () => {
  expect(mayOf(held("admin"))).toBe("do everything");
  expect(mayOf(held("read"))).toMatch(/^look at runs .* change nothing$/);
  expect(mayOf(held("write", "vision"))).toMatch(/, in the project vision alone$/);
});
