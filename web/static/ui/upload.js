// Forms that take files: chosen or dropped, sent with progress, answered in words.
function problemText(request) {
  try {
    const problem = JSON.parse(request.responseText);
    return [problem.title, problem.detail].filter(Boolean).join(": ");
  } catch {
    return request.status ? `the server answered ${request.status}` : "the server did not answer";
  }
}

function target(form) {
  const fields = new FormData(form);
  if (form.dataset.upload !== "project") return form.action;
  const query = new URLSearchParams();
  for (const [name, value] of fields) {
    if (name !== "project" && name !== "file" && typeof value === "string" && value !== "") query.set(name, value);
  }
  const path = `/api/v1/projects/${encodeURIComponent(fields.get("project"))}/profiles`;
  return query.size ? `${path}?${query}` : path;
}

function send(form) {
  const body = new FormData();
  for (const file of form.querySelector('input[type="file"]').files) body.append("file", file, file.name);
  const status = form.querySelector(".status");
  const progress = form.querySelector("progress");
  const button = form.querySelector('button[type="submit"]');
  const request = new XMLHttpRequest();
  const failed = () => {
    status.textContent = problemText(request);
    status.classList.add("failed");
    progress.hidden = true;
    button.disabled = false;
  };
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = (100 * event.loaded) / event.total;
  });
  request.upload.addEventListener("load", () => {
    progress.removeAttribute("value");
    status.textContent = "being analysed";
  });
  request.addEventListener("error", failed);
  request.addEventListener("load", () => {
    if (request.status >= 300) return failed();
    // A form of a report answers with the report itself.
    if (!request.getResponseHeader("Content-Type")?.startsWith("application/json")) return location.assign(request.responseURL);
    const answer = JSON.parse(request.responseText);
    const url = new URL(answer.url ?? `/profiles/${encodeURIComponent(answer.id)}`, location.href);
    if (url.origin === location.origin) location.assign(url);
  });
  request.open("POST", target(form));
  request.setRequestHeader("Accept", "application/json");
  status.classList.remove("failed");
  status.textContent = "sending";
  progress.hidden = false;
  progress.value = 0;
  button.disabled = true;
  request.send(body);
}

function showChosen(form) {
  const list = form.querySelector(".chosen");
  const files = [...form.querySelector('input[type="file"]').files];
  if (list) {
    list.replaceChildren(
      ...files.map((file) => {
        const item = document.createElement("li");
        item.textContent = `${file.name}, ${file.size.toLocaleString("en")} bytes`;
        return item;
      }),
    );
    list.hidden = files.length === 0;
  } else if (files.length > 0) {
    form.querySelector(".status").textContent = `${files.length} file${files.length === 1 ? "" : "s"} chosen`;
  }
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const input = form.querySelector('input[type="file"]');
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  input.addEventListener("change", () => showChosen(form));
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    showChosen(form);
    if (form.checkValidity()) send(form);
  });
}
