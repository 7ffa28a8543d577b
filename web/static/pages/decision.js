// A decision: which part one reads, and forms that are sent once.
const links = new Map();
for (const link of document.querySelectorAll(".jump a[href^='#']")) {
  const place = document.getElementById(link.hash.slice(1));
  if (place) links.set(place, link);
}
const seen = new Set();
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target) : seen.delete(target);
  const first = [...links.keys()].find((place) => seen.has(place));
  if (!first) return;
  for (const [place, link] of links) {
    if (place === first) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}, { rootMargin: "-40px 0px -50% 0px" });
for (const place of links.keys()) watch.observe(place);

for (const form of document.querySelectorAll(".say-form")) {
  form.addEventListener("submit", () => {
    // After the values were taken: a button that is off sends none.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
    const status = form.querySelector(".status");
    if (status) status.textContent = "sending";
  });
}

const object = document.querySelector("#object");
if (object) {
  const files = object.querySelector('input[type="file"]');
  const run = object.querySelector("select");
  const either = () => {
    files.disabled = run.value !== "";
    run.disabled = files.files.length > 0;
  };
  files.addEventListener("change", either);
  run.addEventListener("change", either);
}
// Back to the page: what was switched off is on again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll(".say-form button")) button.disabled = false;
});
