// Times in the reader's zone; on hover they stand in UTC, as the page was sent.
// data-words: the text is an age or the like and stays; data-day: the day alone.
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function utc(date) {
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

export function localTimes(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const date = new Date(element.dateTime);
    if (Number.isNaN(date.getTime()) || element.title) continue;
    const words = "words" in element.dataset;
    element.title = words ? `${moment.format(date)}, ${utc(date)}` : utc(date);
    if (!words) element.textContent = ("day" in element.dataset ? day : moment).format(date);
  }
}

localTimes(document);
document.addEventListener("stet:replaced", (event) => localTimes(event.detail.part));
