// Requests of an upload: what a file is, the files themselves with progress, and waiting for an answer that takes long.
const HEAD_BYTES = 4 * 1024 * 1024;
const POLL_MS = 1000;

// What can be done about it, where the server's own words do not say.
const ways = {
  401: { text: "Sign in, then try again.", link: ["/login", "sign in"] },
  403: { text: "A token with the right to upload to this project is needed.", link: ["/login", "sign in with another token"] },
  408: { text: "The connection was too slow; try again." },
  413: { text: "Send a shorter recording, or one of the recorder's smaller formats." },
  415: { link: ["/upload#formats", "what can be read, and how to record it"] },
  429: { text: "Try again in a moment." },
  503: { text: "The service is busy; try again in a moment." },
  507: { text: "Old recordings have to be removed on the server first." },
};

export function problemOf(request) {
  const way = ways[request.status] ?? {};
  try {
    const problem = JSON.parse(request.responseText);
    const fields = (problem.errors ?? []).map((error) => `${error.field}: ${error.text}`);
    return {
      status: request.status,
      text: [[problem.title, problem.detail].filter(Boolean).join(": "), ...fields].filter(Boolean).join("; "),
      way: problem.fix ?? way.text ?? "",
      link: way.link ?? null,
    };
  } catch {
    const text = request.status ? `the server answered ${request.status}` : "the server did not answer";
    return { status: request.status, text, way: way.text ?? "Check the connection, then try again.", link: way.link ?? null };
  }
}

// Asks what a file is by its first bytes. Null when there is no answer: then the upload itself will tell.
export async function recognise(file, signal) {
  const whole = file.size <= HEAD_BYTES;
  if (file.size === 0) return { complete: true, refused: { detail: "the file is empty" } };
  const query = new URLSearchParams({ name: file.name, complete: whole ? "1" : "0" });
  try {
    const answer = await fetch(`/api/v1/recognise?${query}`, {
      method: "POST",
      body: whole ? file : file.slice(0, HEAD_BYTES),
      headers: { "Content-Type": "application/octet-stream", Accept: "application/json" },
      signal,
    });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// One request with one file as its body, or several as a form. Resolves with the answer's document; rejects with a
// problem, or null when it was cancelled.
export function post(url, files, { onProgress, onSent, signal }) {
  const request = new XMLHttpRequest();
  let body = files[0];
  if (files.length > 1) {
    body = new FormData();
    for (const file of files) body.append("file", file, file.name);
  }
  return new Promise((resolve, reject) => {
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded, event.total));
    request.upload.addEventListener("load", onSent);
    request.addEventListener("error", () => reject(problemOf(request)));
    request.addEventListener("abort", () => reject(null));
    request.addEventListener("load", () => {
      // A closed gate is an answer too; uploads here never ask for it.
      if (request.status >= 300) return reject(problemOf(request));
      try {
        resolve(JSON.parse(request.responseText));
      } catch {
        reject(problemOf(request));
      }
    });
    if (signal.aborted) return reject(null);
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    if (files.length === 1) request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(body);
  });
}

const pause = (ms, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

// Waits for uploads that were taken but not yet analysed. Rejects with a problem, or null when nobody waits any more.
export async function settled(id, signal) {
  for (;;) {
    const answer = await fetch(`/api/v1/profiles/${encodeURIComponent(id)}`, { headers: { Accept: "application/json" }, signal }).catch(() => null);
    if (signal.aborted) throw null;
    const profile = answer?.ok ? await answer.json() : null;
    if (profile?.status === "done") return profile;
    if (profile?.status === "failed") {
      const text = profile.error?.detail ?? profile.error ?? "it could not be read";
      throw { status: 422, text: String(text), way: "", link: null };
    }
    if (answer && answer.status === 404) throw { status: 404, text: "the upload is gone", way: "", link: null };
    await pause(POLL_MS, signal);
  }
}
