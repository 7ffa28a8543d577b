// Times in the reader's zone; on hover they stand in UTC, as the page was sent.
// data-words: the text is an age or the like and stays; data-day: the day alone.
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function utc(date) {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime()) || element.title) continue;
    const words = "words" in element.dataset;
    element.title = words ? `${moment.format(date)}, ${utc(date)}` : utc(date);
    if (!words) element.textContent = ("day" in element.dataset ? day : moment).format(date);
  }
}

// Moments that stand within a sentence, as the server writes them.
const written = /\b(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC\b/;

function withinSentences(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT, (node) =>
    written.test(node.data) && !node.parentElement.closest("time, code, pre, textarea, title, svg, script, option")
      ? NodeFilter.FILTER_ACCEPT
      : NodeFilter.FILTER_REJECT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (let node of nodes) {
    for (let found = written.exec(node.data); found; found = written.exec(node.data)) {
      const rest = node.splitText(found.index);
      node = rest.splitText(found[0].length);
      const element = document.createElement("time");
      element.dateTime = `${found[1]}T${found[2]}:00Z`;
      rest.replaceWith(element);
    }
  }
}

function all(root) {
  withinSentences(root);
  localTimes(root);
}

all(document.querySelector("main") ?? document.body);
document.addEventListener("stet:replaced", (event) => all(event.detail.part));
