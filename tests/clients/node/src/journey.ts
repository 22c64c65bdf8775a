// What the journeys share: steps that are named, expectations that say what was expected, one line at the end.

import { inspect } from 'node:util';

const PATIENCE_SECONDS = 120;

let current = 'starting';

/** Names what is done next: it is printed, and told where a journey fails or hangs. */
export function step(name: string): void {
  current = name;
  console.log(`  ${name}`);
}

/** Fails unless something holds. */
export function expect(holds: unknown, expected: string, found?: unknown): asserts holds {
  if (!holds) {
    throw new Error(`expected ${expected}${found === undefined ? '' : `; found ${show(found)}`}`);
  }
}

/** Fails unless two values are the same. */
export function same<T>(found: T, expected: T, what: string): void {
  expect(Object.is(found, expected), `${what} to be ${show(expected)}`, found);
}

/** The value, which must be there. */
export function present<T>(value: T | null | undefined, what: string): T {
  expect(value !== null && value !== undefined, what, value ?? null);
  return value;
}

/** Waits until something holds; `missing` says what does not yet. */
export async function until(holds: () => boolean, expected: () => string, seconds = 20): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!holds()) {
    expect(Date.now() < deadline, `${expected()} within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An e-mail that no other run uses. */
export function freshEmail(): string {
  return `reader-${crypto.randomUUID()}@clients.example`;
}

/** Runs a journey against the server named on the command line; the process fails with it. */
export async function run(name: string, journey: (origin: string) => Promise<string>): Promise<void> {
  const origin = process.argv[2]?.replace(/\/+$/, '');
  if (!origin || !URL.canParse(origin)) {
    console.error(`usage: npm run ${name} -- ORIGIN    (for example http://127.0.0.1:8080)`);
    process.exit(2);
  }
  console.log(`${name}: against ${origin}`);
  const hung = setTimeout(() => fail(name, `expected an end within ${PATIENCE_SECONDS} s`), PATIENCE_SECONDS * 1_000);
  try {
    const summary = await journey(origin);
    console.log(`${name}: passed: ${summary}`);
  } catch (error) {
    fail(name, explain(error));
  }
  clearTimeout(hung);
  // A follower that did not close would keep the process alive; what it should have seen is known by now.
  process.exit();
}

function fail(name: string, why: string): never {
  console.error(`${name}: FAILED: while ${current}: ${why}`);
  process.exit(1);
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return show(error);
  return error.cause === undefined ? error.message : `${error.message}: ${explain(error.cause)}`;
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Infinity, maxStringLength: 400 });
}
