// The line that says what was measured follows the event that the reader chose in the (first) graph.
const line = document.querySelector(".profile-measured");

document.querySelector("[data-flame]")?.addEventListener("flame:head", ({ detail: head }) => {
  const column = head.columns[head.column];
  const words = column && !column.is_time ? `Not time: ${column.unit === "count" ? "counts" : column.unit} of ${column.event}.` : line.dataset[head.clock];
  if (words && words !== line.textContent) line.textContent = words;
});
