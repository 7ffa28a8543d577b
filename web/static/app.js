// What a browser adds to every page; each part is a module of its own, and all pages can be read without them. live.js
// comes first: it keeps the parts of the page as they were sent.
import "./ui/live.js";
import "./ui/time.js";
import "./ui/copy.js";
import "./ui/picture.js";
import "./ui/reach.js";
import "./ui/upload.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
