// A cohort sync for Node 18 or newer, without a single package. It tells Segment user by user, through /v1/identify.
//
// It is judged like any program:    cohortlab run --subject 'node sync.mjs'

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { env } = process;
const started = Date.now();
const TRANSIENT = new Set([408, 410, 425, 429, 460, 500, 502, 503, 504]);
const WAITS = [1, 2, 4, 8, 16, 32]; // seconds before each further attempt
const IN_FLIGHT = 4;

const basic = (user, password) => ({ Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` });
const project = basic(env.AMPLITUDE_API_KEY, env.AMPLITUDE_SECRET_KEY);
const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const sha = (text) => createHash("sha256").update(text).digest("hex").slice(0, 32);

function retryAfter(value) {
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value);
  const labNow = Number(env.LAB_NOW) * 1000 + (Date.now() - started);
  return Math.max(0, Date.parse(value) - labNow) / 1000 + 1;
}

// Calls until the answer is final. A redirect is an answer: the signed address must not see our credentials.
async function call(url, options) {
  let reason;
  for (const wait of [...WAITS, null]) {
    let pause = wait;
    try {
      const reply = await fetch(url, { ...options, redirect: "manual", signal: AbortSignal.timeout(30_000) });
      const body = Buffer.from(await reply.arrayBuffer());
      if (!TRANSIENT.has(reply.status)) return { status: reply.status, headers: reply.headers, body };
      reason = `answered ${reply.status}`;
      if (reply.headers.has("retry-after")) pause = retryAfter(reply.headers.get("retry-after"));
    } catch (error) {
      reason = String(error.cause ?? error);
    }
    if (wait !== null) await sleep(pause);
  }
  throw new Error(`${url}: ${reason}`);
}

async function amplitude(path) {
  const reply = await call(env.AMPLITUDE_BASE_URL + path, { headers: project });
  if (reply.status >= 400) throw new Error(`Amplitude answered ${reply.status} to ${path}`);
  return reply;
}

// RFC 4180: quoted fields, doubled quotes, line breaks inside them.
function parseCsv(text) {
  const rows = [];
  let row = [], field = "", quoted = false, touched = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[at + 1] === '"') { field += '"'; at += 1; }
      else quoted = false;
    } else if (letter === '"') { quoted = true; touched = true; }
    else if (letter === ",") { row.push(field); field = ""; touched = true; }
    else if (letter === "\n" || letter === "\r") {
      if (touched || field) { row.push(field); rows.push(row); }
      row = []; field = ""; touched = false;
    } else field += letter;
  }
  if (quoted) throw new Error("the export ends inside a field");
  if (touched || field) { row.push(field); rows.push(row); }
  return rows;
}

async function members() {
  const { request_id: requestId } = JSON.parse((await amplitude(`/api/5/cohorts/request/${env.COHORT_ID}`)).body);
  for (let look = 0; ; look += 1) {
    const { status, body } = await amplitude(`/api/5/cohorts/request-status/${requestId}`);
    const word = JSON.parse(body).async_status;
    if (word.includes("FAILED")) throw new Error(`the export job ended as ${word}`);
    if (status === 200 && word === "JOB COMPLETED") break;
    if (look === 3600) throw new Error("the export job did not complete");
    await sleep(0.25);
  }
  let reply = await amplitude(`/api/5/cohorts/request/${requestId}/file`);
  if (reply.status >= 300) reply = await call(reply.headers.get("location"), {});
  if (reply.status !== 200) throw new Error(`the export answered ${reply.status}`);
  const [header, ...rows] = parseCsv(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(reply.body));
  const column = header.indexOf("user_id");
  if (column < 0) throw new Error("the export has no column user_id");
  return new Set(rows.map((row) => row[column]).filter((userId) => userId));
}

async function tell(userId, isMember, trait) {
  const body = JSON.stringify({
    userId,
    traits: { [trait]: isMember },
    messageId: sha([env.SEGMENT_WRITE_KEY, env.COHORT_ID, userId, isMember, env.LAB_NOW].join("|")),
  });
  const headers = { "Content-Type": "application/json", ...basic(env.SEGMENT_WRITE_KEY, "") };
  const reply = await call(`${env.SEGMENT_BASE_URL}/v1/identify`, { method: "POST", headers, body });
  if (reply.status !== 200) throw new Error(`Segment answered ${reply.status}: ${reply.body}`);
}

async function main() {
  const { cohorts } = JSON.parse((await amplitude("/api/3/cohorts")).body);
  const cohort = cohorts.find(({ id }) => id === env.COHORT_ID);
  if (!cohort) throw new Error(`there is no cohort ${env.COHORT_ID}`);
  const snapshot = join(env.SYNC_STATE_DIR, `${env.COHORT_ID}-${sha(env.SEGMENT_WRITE_KEY)}.json`);
  const before = new Set(existsSync(snapshot) ? JSON.parse(readFileSync(snapshot, "utf8")) : []);
  const now = await members();
  const changes = [...now].filter((id) => !before.has(id)).map((id) => [id, true]);
  changes.push(...[...before].filter((id) => !now.has(id)).map((id) => [id, false]));
  const queue = changes.values();
  const worker = async () => {
    for (const [userId, isMember] of queue) await tell(userId, isMember, `${cohort.name} (${env.COHORT_ID})`);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  mkdirSync(env.SYNC_STATE_DIR, { recursive: true });
  writeFileSync(`${snapshot}.new`, JSON.stringify([...now]));
  renameSync(`${snapshot}.new`, snapshot); // only now: what was not delivered is a change again next time
  console.log(`${now.size} members, ${changes.length} changes`);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
