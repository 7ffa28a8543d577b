// Finding a function in a flame graph that the server drew.
for (const section of document.querySelectorAll(".flame")) {
  const svg = section.querySelector("svg");
  const tools = section.querySelector(".flame-tools");
  if (!svg || !tools) continue;
  const field = tools.querySelector("input");
  const status = tools.querySelector(".status");
  const boxes = [...svg.querySelectorAll("g")].map((group) => ({
    group,
    text: (group.querySelector("title")?.textContent ?? "").toLowerCase(),
  }));
  tools.hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    let hits = 0;
    for (const box of boxes) {
      const hit = wanted !== "" && box.text.includes(wanted);
      box.group.classList.toggle("hit", hit);
      hits += hit ? 1 : 0;
    }
    svg.classList.toggle("searching", wanted !== "");
    status.textContent = wanted === "" ? "" : `${hits} box${hits === 1 ? "" : "es"}`;
  });
}
