// Verifies that an event is in the log, unaltered, with nothing but what browsers bring: SHA-256 and Ed25519. The server
// is not asked and not believed; what is compared with what, docs/audit.md says.

const ascii = new TextEncoder();

// steps are what is verified, in this order.
export const steps = ["form", "hash", "leaf", "path", "head", "key"];

// verify checks a proof, the text that the API gave, byte for byte, by the public key of the log. It gives what each
// step found: {step, state: "good" | "bad" | "blind" | "open", say}, where open is what was not looked at because a
// step before failed, and blind what this browser cannot do. shown is {seq, hash} of the event that the proof must be of,
// where that is known.
export async function verify(text, key, shown) {
  const found = [], p = {};
  let broken = false;
  for (const step of steps) {
    if (broken) { found.push({ step, state: "open", say: "" }); continue; }
    try {
      found.push({ step, state: "good", say: await checks[step](p, text, key, shown) });
    } catch (e) {
      const blind = e instanceof Blind;
      broken ||= !blind;
      found.push({ step, state: blind ? "blind" : "bad", say: e.message });
    }
  }
  return { found, event: p.event, good: found.every((f) => f.state === "good"), bad: broken };
}

// Blind is thrown where the browser cannot do what a step takes.
class Blind extends Error {}

const demand = (yes, say) => { if (!yes) throw new Error(say); };

const checks = {
  // There is one way to write an event: written again from what was read, it must come out the same. Of times and hashes
  // only what they mean is hashed, so each must be spelled in the one way, too.
  form(p, text, _, shown) {
    const proof = JSON.parse(text);
    const begin = '{"event":', end = text.lastIndexOf(',"leaf":"');
    demand(text.startsWith(begin) && end > 0, "{");
    p.line = text.slice(begin.length, end);
    const data = p.line.indexOf(',"data":');
    p.event = proof.event; p.leaf = proof.leaf; p.path = proof.proof ?? []; p.head = proof.head; p.key = proof.key;
    p.data = p.line.slice(data + ',"data":'.length, -1);
    demand(data > 0 && written(p.event, p.data) === p.line, p.line.slice(0, 80));
    demand(!p.event.at || wellTimed(p.event.at), p.event.at);
    for (const hash of [p.event.prev_hash, p.event.hash]) demand(/^[0-9a-f]{64}$/.test(hash), hash);
    demand(!shown || p.event.seq === shown.seq, `${p.event.seq} ≠ ${shown?.seq}`);
    return String(p.event.seq);
  },
  async hash(p, text, key, shown) {
    const want = hex(await sha256(hashed(p.event, p.data)));
    demand(want === p.event.hash, `${want} ≠ ${p.event.hash}`);
    demand(!shown || want === shown.hash, `${want} ≠ ${shown?.hash}`);
    return want;
  },
  async leaf(p) {
    p.node = await sha256(join(ascii.encode("\0switchboard leaf 1\n"), uint64(p.event.seq), uint64(p.event.prev), unhex(p.event.hash)));
    demand(base64(p.node) === p.leaf, `${base64(p.node)} ≠ ${p.leaf}`);
    return p.leaf;
  },
  async path(p) {
    p.signed = checkpoint(p.head);
    const root = await climb(p.node, p.event.seq - 1, p.signed.size, p.path.map(unbase64));
    demand(root && base64(root) === p.signed.root, `${root ? base64(root) : "–"} ≠ ${p.signed.root}`);
    return p.signed.root;
  },
  async head(p) {
    const k = await publicKey(p.key), { text, name, signature } = p.signed;
    demand(name === k.name && text.split("\n")[0] === k.name, `${name} ≠ ${k.name}`);
    demand(hex(signature.slice(0, 4)) === k.id && signature.length === 68, `${hex(signature.slice(0, 4))} ≠ ${k.id}`);
    demand(await ed25519(k.bytes, signature.slice(4), ascii.encode(text)), base64(signature));
    return p.signed.at;
  },
  key(p, _, key) {
    demand(p.key === key.trim(), `${p.key} ≠ ${key.trim()}`);
    return p.key;
  },
};

// --- An event, as exports write it and as it is hashed. ---

const optional = ["service", "actor", "key", "address", "request_id"];

function written(e, data) {
  const texts = optional.filter((name) => e[name]).map((name) => `,"${name}":"${escaped(e[name])}"`).join("");
  const at = e.at ? `,"at":"${e.at}"` : "";
  return `{"seq":${e.seq},"prev":${e.prev},"subject":"${escaped(e.subject)}","version":${e.version},"kind":"${escaped(e.kind)}"${texts}${at},"prev_hash":"${e.prev_hash}","hash":"${e.hash}","data":${data}}`;
}

const escaped = (text) => text.replace(/["\\]/g, "\\$&").replace(/[\0-\x1f]/g, (c) => "\\u00" + c.charCodeAt(0).toString(16).padStart(2, "0"));

function hashed(e, data) {
  const colon = e.subject.indexOf(":");
  const texts = [e.subject.slice(0, colon), e.subject.slice(colon + 1), e.kind, ...optional.map((name) => e[name] ?? ""), data].map((t) => ascii.encode(t));
  return join(ascii.encode("switchboard event 1\n"), unhex(e.prev_hash), uint64(e.version), uint64(micros(e.at)), ...texts.flatMap((t) => [uvarint(t.length), t]));
}

// wellTimed says whether a time is one, written with its microseconds in UTC. Browsers take the 30th of February for a day in March.
const wellTimed = (at) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at) && new Date(seconds(at)).toISOString().slice(0, 19) === at.slice(0, 19);
const seconds = (at) => Date.parse(at.slice(0, 19) + "Z");
const micros = (at) => (at ? BigInt(seconds(at)) * 1000n + BigInt(at.slice(20, 26)) : 0n);

// --- The tree of RFC 6962: from a leaf up to the root. ---

async function climb(node, index, size, path) {
  let last = size - 1;
  if (index < 0 || index > last) return null;
  const half = (n) => Math.floor(n / 2);
  for (const other of path) {
    if (last === 0) return null;
    if (index % 2 === 1 || index === last) {
      node = await parent(other, node);
      while (index % 2 === 0 && index !== 0) { index = half(index); last = half(last); }
    } else node = await parent(node, other);
    index = half(index); last = half(last);
  }
  return last === 0 ? node : null;
}

const parent = (left, right) => sha256(join(Uint8Array.of(1), left, right));

// --- Signed heads: a C2SP checkpoint in a signed note. ---

function checkpoint(head) {
  const m = /^((?:[^\n]+\n){3}time ([^\n]+)\n)\n— (\S+) (\S+)\n$/u.exec(head);
  demand(m, head);
  const lines = m[1].split("\n");
  demand(/^[1-9][0-9]*$/.test(lines[1]), lines[1]);
  return { text: m[1], size: Number(lines[1]), root: lines[2], at: m[2], name: m[3], signature: unbase64(m[4]) };
}

// publicKey reads "name+id+key"; the id is the beginning of a hash of the others.
async function publicKey(text) {
  const [name, id, ...rest] = text.split("+");
  const key = unbase64(rest.join("+"));
  demand(key.length === 33 && key[0] === 1, text);
  demand(hex((await sha256(join(ascii.encode(name + "\n"), key))).slice(0, 4)) === id, text);
  return { name, id, bytes: key.slice(1) };
}

async function ed25519(key, signature, text) {
  try {
    const k = await subtle().importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return await subtle().verify({ name: "Ed25519" }, k, signature, text);
  } catch (e) {
    throw e instanceof Blind ? e : new Blind("Ed25519");
  }
}

// --- Bytes. ---

// subtle is only there where pages come over TLS or from this machine.
function subtle() {
  if (!globalThis.crypto?.subtle) throw new Blind("HTTPS");
  return crypto.subtle;
}
const sha256 = async (bytes) => new Uint8Array(await subtle().digest("SHA-256", bytes));
const join = (...parts) => {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (all.set(p, at), at + p.length), 0);
  return all;
};
const uint64 = (n) => { const b = new DataView(new ArrayBuffer(8)); b.setBigUint64(0, BigInt.asUintN(64, BigInt(n))); return new Uint8Array(b.buffer); };
const uvarint = (n) => { const b = []; for (; n > 127; n = Math.floor(n / 128)) b.push((n % 128) | 128); return Uint8Array.from([...b, n]); };
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (b) => parseInt(b, 16));
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const unbase64 = (text) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  demand(base64(bytes) === text, text); // it can be spelled in several ways
  return bytes;
};
