// A button beside each command that copies it.
function offer(root) {
  for (const command of root.querySelectorAll("code.command")) {
    if (command.closest(".command-row")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = "copied";
    });
    const row = document.createElement("div");
    row.className = "command-row";
    command.replaceWith(row);
    row.append(command, button);
  }
}

if (navigator.clipboard) {
  offer(document);
  document.addEventListener("stet:replaced", (event) => offer(event.detail.part));
}
