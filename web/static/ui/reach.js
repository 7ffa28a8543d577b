// What is larger than its place can be scrolled by the keyboard: it takes the focus, under the name of its section.
function reach(box) {
  const hidden = box.scrollWidth > box.clientWidth || (box.matches(".ed-preview") && box.scrollHeight > box.clientHeight);
  if (!hidden) {
    if (!box.matches(".pictures")) box.removeAttribute("tabindex");
    return;
  }
  box.tabIndex = 0;
  if (box.hasAttribute("aria-label")) return;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", box.closest("section")?.querySelector("h2, h3")?.textContent ?? "table");
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) reach(target.matches(".scroll, .ed-preview") ? target : target.parentElement);
});

function watch(part) {
  for (const box of part.querySelectorAll(".scroll, .ed-preview")) {
    sizes.observe(box);
    // The place may stay as it is while what stands in it grows.
    for (const child of box.children) sizes.observe(child);
  }
}

watch(document);
document.addEventListener("stet:replaced", (event) => watch(event.detail.part));
