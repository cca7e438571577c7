/** JSON whose numbers keep the digits with which they were sent; pure. */

/** A number as it stood in the text: `3e-05` stays that, and so does an integer that no double can hold. */
export class Digits {
  constructor(readonly text: string) {}
}

export type Exact = null | boolean | string | Digits | Exact[] | { [key: string]: Exact };

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORDS: Record<string, Exact> = { true: true, false: false, null: null };

/** Reads strict JSON, as the service sends it; throws a `SyntaxError` for anything else. */
export function parseExact(text: string): Exact {
  const reader = new Reader(text);
  const value = reader.value();
  reader.end();
  return value;
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  value(): Exact {
    this.skip();
    const first = this.text[this.at];
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    if (first === '"') return this.string();
    const word = Object.keys(WORDS).find((one) => this.text.startsWith(one, this.at));
    if (word === undefined) return new Digits(this.match(NUMBER));
    this.at += word.length;
    return WORDS[word] ?? null;
  }

  end(): void {
    this.skip();
    if (this.at < this.text.length) throw new SyntaxError("There is more than one value.");
  }

  private object(): Exact {
    const found: Record<string, Exact> = {};
    this.parts("}", () => {
      this.skip();
      const key = this.string();
      this.skip();
      this.take(":");
      // As a field of its own, whatever its name is: `__proto__` is one as well.
      Object.defineProperty(found, key, {
        value: this.value(),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    });
    return found;
  }

  private array(): Exact {
    const found: Exact[] = [];
    this.parts("]", () => found.push(this.value()));
    return found;
  }

  private parts(close: string, part: () => void): void {
    this.at += 1;
    this.skip();
    if (this.text[this.at] === close) {
      this.at += 1;
      return;
    }
    for (;;) {
      part();
      this.skip();
      if (this.text[this.at] === close) break;
      this.take(",");
    }
    this.at += 1;
  }

  private string(): string {
    return JSON.parse(this.match(STRING)) as string;
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) throw new SyntaxError(`This is no JSON at ${this.at}.`);
    this.at += found[0].length;
    return found[0];
  }

  private take(sign: string): void {
    if (this.text[this.at] !== sign) throw new SyntaxError(`This is no JSON at ${this.at}.`);
    this.at += 1;
  }

  private skip(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }
}
