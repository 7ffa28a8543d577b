// A button beside each command that copies it.
if (navigator.clipboard) {
  for (const command of document.querySelectorAll("code.command")) {
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
