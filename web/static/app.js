// What a browser adds to every page; each part is a module of its own, and all pages can be read without them.
import "./ui/copy.js";
import "./ui/picture.js";
import "./ui/upload.js";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
