/** Who this browser is to the service: a token goes out once, and a cookie that no script reads stands for it. */
import { call } from "./api";

export interface Session {
  /** Of the token; `local` where none is asked for. */
  name: string;
  scope: "read" | "write" | "admin";
  /** The only project that it may see; null: all. */
  project: string | null;
  /** Whether a session stands for a token. */
  signed_in: boolean;
}

export const signIn = (token: string): Promise<Session> => call<Session>("session", { body: { token } }, "POST");
export const readSession = (): Promise<Session> => call<Session>("session");
export const signOut = (): Promise<void> => call("session", {}, "DELETE");

/** An earlier page kept the token where every script could read it. */
export function forgetOldToken(): void {
  try {
    window.localStorage.removeItem("lineside.token");
  } catch {
    // what may not be reached holds nothing
  }
}

const MAY: Record<Session["scope"], string> = {
  read: "look at runs and alerts, and change nothing",
  write: "send runs, name, tag and note them, and acknowledge and silence alerts",
  admin: "do everything",
};

/** What the caller may do, to follow “may”. */
export const mayOf = ({ scope, project }: Session): string =>
  project === null ? MAY[scope] : `${MAY[scope]}, in the project ${project} alone`;
